"""The search of the log."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.labels import area_choices


class EntryFilter(forms.Form):
    q = forms.CharField(label=_("查找"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    actor = forms.CharField(label=_("操作人"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    action = forms.ChoiceField(label=_("事项"), required=False)
    target = forms.CharField(label=_("对象"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    first = forms.DateField(label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", _("全部")), *area_choices()]  # type: ignore[attr-defined]
