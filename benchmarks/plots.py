"""Pictures of what was measured: lines over numbers, some panels side by side, as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """A picture with a line for each series that has points; with `log` both axes are logarithmic."""

    title: str
    across: str
    up: str
    series: Mapping[str, Points]
    log: bool = True


def draw(panels: Sequence[Panel], path: Path) -> None:
    """Draw the panels into a file; needs matplotlib (the extra bench).

    :raises SystemExit: where matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError:
        raise SystemExit("--plot needs matplotlib: pip install --require-hashes -r requirements/bench.txt") from None
    mpl.use("svg")
    from matplotlib import pyplot
    from matplotlib.ticker import NullFormatter, NullLocator

    mpl.rcParams["svg.fonttype"] = "none"  # letters stay letters, which makes the file a tenth
    mpl.rcParams["svg.hashsalt"] = path.stem
    figure, axes = pyplot.subplots(1, len(panels), figsize=(3.6 * len(panels), 3.4), squeeze=False)
    for axis, panel in zip(axes[0], panels, strict=True):
        for name, points in panel.series.items():
            if points:
                axis.plot(*zip(*sorted(points), strict=True), marker="o", markersize=3, label=name)
        axis.set(title=panel.title, xlabel=panel.across, ylabel=panel.up)
        if panel.log:
            axis.set(xscale="log", yscale="log")
        else:
            axis.set_ylim(0, None)
        at = sorted({x for points in panel.series.values() for x, _ in points})
        if 0 < len(at) <= 6:
            axis.set_xticks(at, labels=[f"{x:,.0f}" for x in at])
            axis.xaxis.set_minor_locator(NullLocator())
            axis.xaxis.set_minor_formatter(NullFormatter())
        if axis.lines:
            axis.legend(fontsize="x-small")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
