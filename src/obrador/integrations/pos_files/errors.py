"""What is wrong with a file as a whole."""

from obrador.kit.errors import Invalid


class UnreadableFile(Invalid):
    """The file is no table that can be read; the message says why and what to do."""

    type, title = "unreadable-file", "The file cannot be read"
