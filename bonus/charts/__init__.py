"""Charts as coordinates: pure functions give where everything stands, ``templates/_dsfr/charts.html`` draws it as SVG.

Units are those of the drawing (``WIDTH`` across); colours are names of ``static/charts.css``, which knows both themes.
"""

from .columns import columns
from .lines import lines
from .model import COLOURS, Band, Chart, Series
from .rows import rows

__all__ = ["COLOURS", "Band", "Chart", "Series", "columns", "lines", "rows"]
