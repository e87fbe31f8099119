"""How Django forms look: every form, field and file input goes through the templates of the visual system."""

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Named by settings.FORM_RENDERER, so that `{{ form }}` and `{{ form.name.as_field_group }}` need no styling."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
