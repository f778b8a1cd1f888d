"""The Grafana dashboard, built from typed parts: `python -m tests.deploy.grafana_dashboard`.

Writes deploy/grafana/obrador.json, which installations take as it is; a test says when it is not
what is written here.
"""

from pathlib import Path

from grafana_foundation_sdk.builders.common import ReduceDataOptions
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DatasourceVariable,
    Row,
    TextBoxVariable,
    ThresholdsConfig,
)
from grafana_foundation_sdk.builders.heatmap import HeatmapColorOptions, YAxisConfig
from grafana_foundation_sdk.builders.heatmap import Panel as Heatmap
from grafana_foundation_sdk.builders.prometheus import Dataquery as Query
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.statetimeline import Panel as StateTimeline
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

FILE = Path(__file__).parents[2] / "deploy" / "grafana" / "obrador.json"
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
RATE = "$__rate_interval"


def query(expression: str, legend: str = "") -> Query:
    """A query over the time shown."""
    return Query().ref_id("A").expr(expression).legend_format(legend).datasource(SOURCE)


def levels(*steps: tuple[float | None, str]) -> ThresholdsConfig:
    """Colours from these values on; the first has none."""
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(
        [Threshold(value, colour) for value, colour in steps]
    )  # fmt: skip


def number(title: str, expression: str, unit: str, colours: ThresholdsConfig) -> Stat:
    """One number as it is now."""
    return (
        Stat()
        .title(title)
        .datasource(SOURCE)
        .unit(unit)
        .thresholds(colours)
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(query(expression))
        .height(4)
        .span(4)
    )


def lines(title: str, unit: str, *queries: Query, help_text: str = "") -> TimeSeries:
    """Values over time."""
    panel = TimeSeries().title(title).description(help_text).datasource(SOURCE).unit(unit).min(0)
    for letter, each in zip("ABC", queries, strict=False):
        panel.with_target(each.ref_id(letter))
    return panel.height(8).span(12)


def heat_map(title: str, metric: str) -> Heatmap:
    """How long something took, as a heat map."""
    buckets = query(f"sum by (le) (increase({metric}_bucket[{RATE}]))", "{{le}}")
    return (
        Heatmap()
        .title(title)
        .datasource(SOURCE)
        .calculate(False)
        .y_axis(YAxisConfig().unit("s"))
        .color(HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges").steps(64))
        .with_target(buckets.format(PromQueryFormat.HEATMAP))
        .height(8)
        .span(12)
    )


def health() -> StateTimeline:
    """Which scheduler was healthy when."""
    words = ValueMap(
        {
            "0": ValueMappingResult(text="not healthy", color="red"),
            "1": ValueMappingResult(text="healthy", color="green"),
        }
    )
    by_scheduler = "max by (service, scheduler_type) (scheduler_health_status)"
    return (
        StateTimeline()
        .title("Scheduler health")
        .datasource(SOURCE)
        .mappings([words])
        .with_target(query(by_scheduler, "{{service}} {{scheduler_type}}"))
        .height(8)
        .span(12)
    )


def at_a_glance(board: Dashboard) -> None:
    """What an operator wants to know first."""
    good_is_high = levels((None, "red"), (90, "orange"), (99, "green"))
    good_is_zero = levels((None, "green"), (1, "red"))
    board.with_row(Row("At a glance"))
    for panel in (
        number(
            "Success rate of mornings",
            'max(orchestrator_workflow_success_rate_percentage{workflow_name="daily_operations"})',
            "percent",
            good_is_high,
        ),
        number(
            "Leaders",
            "sum(max by (instance_id) (orchestrator_leader_instance)) or vector(0)",
            "none",
            levels((None, "red"), (1, "green"), (2, "orange")),
        ),
        number("Late at 08:00", "max(orchestrator_tenants_late)", "none", good_is_zero),
        number(
            "Oldest event in the outbox",
            "max(outbox_oldest_event_age_seconds)",
            "s",
            levels((None, "green"), (60, "orange"), (300, "red")),
        ),
        number("Events waiting", "max(outbox_pending_events)", "none", levels((None, "blue"))),
        number(
            "Next firing",
            'min(scheduler_next_run_timestamp{scheduler_type="daily"} > 0) * 1000',
            "dateTimeFromNow",
            levels((None, "blue")),
        ),
    ):
        board.with_panel(panel)


def mornings(board: Dashboard) -> None:
    """Whether mornings get done."""
    processed = f"sum by (status) (increase(orchestrator_tenants_processed_total[{RATE}]))"
    board.with_row(Row("Mornings"))
    for panel in (
        lines(
            "Success rate by workflow",
            "percent",
            query(
                "max by (workflow_name) (orchestrator_workflow_success_rate_percentage)",
                "{{workflow_name}}",
            ),
        ).max(100),
        health(),
        lines("Bakeries processed, by status", "none", query(processed, "{{status}}")),
        lines(
            "Bakeries that ran out of time",
            "none",
            query(
                f"sum by (service) (increase(tenant_processing_timeout_total[{RATE}]))",
                "{{service}}",
            ),
        ),
    ):
        board.with_panel(panel)


def planning(board: Dashboard) -> None:
    """How long plans take, and what people think of them."""
    rejections = f"sum by (auto_regenerated) (increase(procurement_plan_rejections_total[{RATE}]))"
    by_status = "sum by (status) (max by (tenant, status) (procurement_plans_by_status))"
    rate = (
        f"100 * sum(rate(forecast_cache_hits_total[{RATE}]))"
        f" / (sum(rate(forecast_cache_hits_total[{RATE}]))"
        f" + sum(rate(forecast_cache_misses_total[{RATE}])))"
    )
    board.with_row(Row("Plans"))
    for panel in (
        heat_map(
            "Duration of production planning", "production_schedule_generation_duration_seconds"
        ),
        heat_map(
            "Duration of procurement planning", "procurement_plan_generation_duration_seconds"
        ),
        lines("Cache hit rate of forecasts", "percent", query(rate, "hit rate")).max(100),
        lines("Plan rejections", "none", query(rejections, "planned anew: {{auto_regenerated}}")),
        lines(
            "Procurement plans by status",
            "none",
            query(by_status, "{{status}}"),
        ),
        lines(
            "Forecast error of bakeries",
            "percent",
            query("quantile(0.5, max by (tenant) (forecast_validation_mape))", "median"),
            query("quantile(0.9, max by (tenant) (forecast_validation_mape))", "90 % below"),
        ),
    ):
        board.with_panel(panel)


def cost(board: Dashboard) -> None:
    """What it takes."""
    a_day = "sum(increase(orchestrator_run_cost_seconds_sum[1d]))"
    mornings = 'orchestrator_tenants_processed_total{workflow_name="daily_operations"}'
    bakeries = f"sum(increase({mornings}[1d]))"
    by_step = (
        f"sum by (step) (rate(orchestrator_run_cost_seconds_sum[{RATE}]))"
        f" / sum by (step) (rate(orchestrator_run_cost_seconds_count[{RATE}]))"
    )
    board.with_row(Row("Cost"))
    for panel in (
        lines("Run duration by step", "s", query(by_step, "{{step}}"), help_text="Mean a bakery."),
        lines(
            "Cost per bakery and day",
            "currencyEUR",
            query(f"{a_day} / {bakeries} / 3600 * $cost_per_cpu_hour", "computing"),
            help_text="Computing only; rows written are in each run's own figures.",
        ),
        lines(
            "Requests",
            "reqps",
            query(f"sum by (status) (rate(http_requests_total[{RATE}]))", "{{status}}"),
        ),
        lines(
            "Connections to the database",
            "none",
            query("sum by (state) (database_pool_connections)", "{{state}}"),
            query("sum(database_pool_size)", "at most"),
        ),
    ):
        board.with_panel(panel)


def dashboard() -> str:
    """The dashboard as JSON."""
    board = (
        Dashboard("Obrador")
        .uid("obrador")
        .tags(["obrador"])
        .description("Whether bakeries have their plans, how long that took and what it cost.")
        .timezone("browser")
        .time("now-24h", "now")
        .refresh("1m")
        .readonly()
        .with_variable(DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(
            TextBoxVariable("cost_per_cpu_hour").label("€ per CPU hour").default_value("0.04")
        )
    )
    for part in (at_a_glance, mornings, planning, cost):
        part(board)
    model = board.build()
    for panel_id, panel in enumerate(model.panels or (), start=1):
        panel.id_val = panel_id
    return JSONEncoder(sort_keys=True, indent=2).encode(model) + "\n"


if __name__ == "__main__":
    FILE.write_text(dashboard())
