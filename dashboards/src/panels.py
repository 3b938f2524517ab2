"""What a panel is, and how a list of them becomes a dashboard."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    heatmap,
    prometheus,
    stat,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import prometheus as target

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["JOB", "STOPPED", "Panel", "Row", "build", "by"]

# The scraped proxies that a dashboard is about, by its variables.
JOB = 'job=~"$job", instance=~"$instance"'
STOPPED = f'{JOB}, action=~"block|quarantine"'
WIDTH = 24
# Colours by what was done, the same on every panel.
ACTIONS = {
    "allow": "green",
    "released": "blue",
    "log": "yellow",
    "block": "orange",
    "quarantine": "red",
    "refuse": "purple",
}

Kind = Literal["stat", "series", "stacked", "bars", "heatmap", "table", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        title: What it shows, in a few words.
        about: How to read it.
        kind: How it shows it.
        unit: Grafana's name of the unit.
        queries: PromQL by legend; `{{label}}` in a legend is that label's value. For a text panel,
            nothing.
        width: In 24ths of the row.
        height: In rows of Grafana's grid.
        limits: Value from which a single number is coloured, by colour; the first is the base.
        words: What stands for a single number, by the number.
    """

    title: str
    about: str
    kind: Kind
    unit: str = "short"
    queries: Mapping[str, str] | None = None
    width: int = 8
    height: int = 8
    limits: Mapping[str, float | None] | None = None
    words: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A titled row of panels."""

    title: str
    panels: tuple[Panel, ...]


def by(label: str, metric: str, over: str = "increase", where: str = JOB) -> dict[str, str]:
    """Return the query of a counter by a label, `increase` or `rate`, with that as its legend."""
    counted = f"{over}({metric}{{{where}}}[$__rate_interval])"
    return {f"{{{{{label}}}}}": f"sum by ({label}) ({counted})"}


def build(uid: str, title: str, about: str, rows: tuple[Row, ...]) -> str:
    """Return a dashboard as JSON, as Grafana provisions it."""
    builder = (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(about)
        .tags(["dlp"])
        .time("now-24h", "now")
        .refresh("1m")
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Data-loss prevention")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags(["dlp"])
            .as_dropdown(True)
            .keep_time(True)
            .include_vars(True)
        )
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
        )
    )
    for name, label, query in (
        ("job", "Job", "label_values(dlp_build_info, job)"),
        ("instance", "Instance", 'label_values(dlp_build_info{job=~"$job"}, instance)'),
    ):
        builder = builder.with_variable(
            dashboard.QueryVariable(name)
            .label(label)
            .datasource(_source())
            .query(query)
            .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .include_all(True)
            .multi(True)
            .all_value(".*")
            .current(model.VariableOption(text="All", value="$__all", selected=True))
        )
    numbers = itertools.count(1)
    for row in rows:
        builder = builder.with_row(dashboard.Row(row.title).id(next(numbers)))
        for panel in row.panels:
            builder = builder.with_panel(_panel(panel).id(next(numbers)))
    return JSONEncoder(sort_keys=True, indent=2).encode(builder.build()) + "\n"


def _source() -> model.DataSourceRef:
    return model.DataSourceRef(type_val="prometheus", uid="${datasource}")


def _panel(panel: Panel) -> Any:
    builder: Any = _KINDS[panel.kind](panel)
    builder = builder.title(panel.title).description(panel.about)
    builder = builder.span(panel.width).height(panel.height)
    if panel.kind == "text":
        return builder
    builder = builder.datasource(_source()).unit(panel.unit)
    if panel.kind in {"stat", "bars"} and panel.unit == "short":
        # Prometheus extrapolates what it counts to the ends of the time shown.
        builder = builder.decimals(0)
    if panel.words:
        results = {
            number: model.ValueMappingResult(text=word) for number, word in panel.words.items()
        }
        builder = builder.mappings([model.ValueMap(options=results)])
    if panel.limits:
        steps = [model.Threshold(value=v, color=c) for c, v in panel.limits.items()]
        builder = builder.thresholds(
            dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)
        )
    for number, (legend, expr) in enumerate((panel.queries or {}).items()):
        query = prometheus.Dataquery().expr(expr).legend_format(legend).ref_id(chr(65 + number))
        if panel.kind in {"stat", "bars", "table"}:
            query = query.instant()
        if panel.kind in {"series", "stacked"}:
            query = query.exemplar(True)
        if panel.kind == "heatmap":
            query = query.format(target.PromQueryFormat.HEATMAP)
        if panel.kind == "table":
            query = query.format(target.PromQueryFormat.TABLE)
        builder = builder.with_target(query)
    return builder


def _stat(panel: Panel) -> Any:
    reduced = common.ReduceDataOptions().calcs(["lastNotNull"])
    colored = options.BigValueColorMode.VALUE if panel.limits else options.BigValueColorMode.NONE
    return stat.Panel().reduce_options(reduced).color_mode(colored)


def _series(panel: Panel) -> Any:
    legend = (
        common.VizLegendOptions()
        .show_legend(True)
        .placement(options.LegendPlacement.BOTTOM)
        .display_mode(options.LegendDisplayMode.LIST)
    )
    tooltip = common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI)
    builder: Any = timeseries.Panel().min(0).fill_opacity(10).legend(legend).tooltip(tooltip)
    by_action = "{{action}}" in (panel.queries or {})
    for action, color in ACTIONS.items() if by_action else ():
        fixed = {"mode": "fixed", "fixedColor": color}
        builder = builder.override_by_name(
            action, [model.DynamicConfigValue(id_val="color", value=fixed)]
        )
    return builder


def _stacked(panel: Panel) -> Any:
    stacking = common.StackingConfig().mode(options.StackingMode.NORMAL)
    return _series(panel).stacking(stacking).fill_opacity(40)


def _bars(panel: Panel) -> Any:
    del panel
    reduced = common.ReduceDataOptions().calcs(["lastNotNull"])
    return (
        bargauge.Panel()
        .orientation(options.VizOrientation.HORIZONTAL)
        .display_mode(options.BarGaugeDisplayMode.BASIC)
        .reduce_options(reduced)
        .min(0)
    )


def _heatmap(panel: Panel) -> Any:
    del panel
    return heatmap.Panel()


def _table(panel: Panel) -> Any:
    del panel
    hidden = {"Time": True, "__name__": True}
    organize = model.DataTransformerConfig(id_val="organize", options={"excludeByName": hidden})
    return table.Panel().with_transformation(organize)


def _text(panel: Panel) -> Any:
    return text.Panel().content(panel.about)


_KINDS = {
    "stat": _stat,
    "series": _series,
    "stacked": _stacked,
    "bars": _bars,
    "heatmap": _heatmap,
    "table": _table,
    "text": _text,
}
