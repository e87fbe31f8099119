"""What the office hands in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("工作簿"),
        help_text=_("只收 .xlsx，最大 60 MB；可以只含其中几张表。先检查并预览，确认后才保存。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )
