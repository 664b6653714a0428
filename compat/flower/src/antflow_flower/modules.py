"""Names that old scripts import, on antflow's own cluster tools."""

__all__: list[str] = []
