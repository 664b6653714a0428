"""A report as one self-contained HTML file."""

from antflow.web.report.page import report_page

__all__ = ["report_page"]
