"""Shapes of what the office writes in a bulletin and of what is said when it is decided on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.models import Bulletin
from reports.services_bulletins import LONGEST, LONGEST_NUMBER, LONGEST_TITLE, TEXTS

ROWS = {"overview": 14, "problems": 12, "suggestions": 9, "direction": 5}


class BulletinForm(forms.Form):
    """Title and sections; what may be empty when, the service says."""

    title = forms.CharField(label=_("标题"), required=False, max_length=LONGEST_TITLE)
    overview = forms.CharField(required=False, widget=forms.Textarea)
    problems = forms.CharField(required=False, widget=forms.Textarea)
    suggestions = forms.CharField(required=False, widget=forms.Textarea)
    direction = forms.CharField(required=False, widget=forms.Textarea)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for section, rows in ROWS.items():
            field = self.fields[section]
            field.label = Bulletin._meta.get_field(section).verbose_name  # type: ignore[union-attr]
            field.widget.attrs |= {"rows": rows, "data-count": LONGEST, "aria-describedby": f"{section}-count"}

    @property
    def texts(self) -> dict[str, str]:
        """What was sent, of a field with a fault as it was typed."""
        return {name: str(self.data[name]) for name in TEXTS if name in self.data}


class ReturnForm(forms.Form):
    remark = forms.CharField(label=_("退回意见"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)


class PublishForm(forms.Form):
    number = forms.CharField(
        label=_("文号"), max_length=LONGEST_NUMBER, help_text=_("已按上一份的字头和本年序号拟好，可以改。")
    )
