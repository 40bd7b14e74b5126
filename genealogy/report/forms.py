"""What each rule wants to see in a recall or traceability record, clause by clause, and where it comes from.

A field is filled from a table, a single fact or a section of the report, or it is nothing that a plant records; then the
form names it as missing and says who could supply it. Each form says which text was read for it, of which date, and each
field whether the number of its clause was read there. Whoever files a form checks it against the text in force.
"""

from __future__ import annotations

from genealogy.report.forms_devices import EU_FSN, NMPA_PLAN, NMPA_PROGRESS
from genealogy.report.forms_fda import FDA_806, FDA_821, FDA_RECALL
from genealogy.report.forms_food import BRCGS, EU_931, FSMA

FORMS = (FDA_RECALL, FDA_806, FDA_821, EU_FSN, NMPA_PLAN, NMPA_PROGRESS, FSMA, EU_931, BRCGS)
"""Every form, in the order of the report."""
