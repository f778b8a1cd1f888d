"""RabbitMQ: where events go to, and come from, when there is a broker."""

from obrador.integrations.rabbitmq.broker import Broker
from obrador.integrations.rabbitmq.consuming import consume
from obrador.integrations.rabbitmq.dead import dead_letters, replay_dead
from obrador.integrations.rabbitmq.publishing import RabbitPublisher

__all__ = ["Broker", "RabbitPublisher", "consume", "dead_letters", "replay_dead"]
