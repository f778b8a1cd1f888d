"""Alembic's entry: the tables of all contexts, on the connection that `apply` hands over."""

from alembic import context

import obrador.alerts.models
import obrador.audit.models
import obrador.authn.models
import obrador.authz.models
import obrador.calendar.models
import obrador.catalogue.models
import obrador.drivers.models
import obrador.forecasting.models
import obrador.insights.models
import obrador.inventory.models
import obrador.kit.consumers
import obrador.kit.in_process
import obrador.kit.leadership
import obrador.kit.outbox
import obrador.notifications.models
import obrador.orchestration.models
import obrador.plan_changes
import obrador.procurement.models
import obrador.procurement.order_models
import obrador.production.models
import obrador.sales.models
import obrador.suppliers.history_models
import obrador.suppliers.models
import obrador.tenants.models
import obrador.webhooks.models  # noqa: F401  each makes its tables known
from obrador.kit.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
)
context.run_migrations()
