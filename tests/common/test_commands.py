from django.core.management import get_commands, load_command_class

from common.commands import DataCommand


def test_commands_on_data_start_without_importing_every_page():
    names = "import_workbook score_quarter publish_quarter export_scores explain_score issue_passwords verify_audit"
    for name in [*names.split(), "export_workbook"]:
        assert isinstance(load_command_class(get_commands()[name], name), DataCommand)
