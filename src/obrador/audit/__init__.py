"""Who did what, when and from where: written down with every change, never altered."""
