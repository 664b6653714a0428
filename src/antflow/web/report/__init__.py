"""A report as one self-contained HTML file."""

from antflow.web.report.page import report_page
from antflow.web.report.route import add_report

__all__ = ["add_report", "report_page"]
