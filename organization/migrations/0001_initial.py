import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False, verbose_name="日期")),
                ("is_workday", models.BooleanField(verbose_name="上班")),
                ("name", models.CharField(max_length=50, verbose_name="说明")),
            ],
            options={
                "verbose_name": "工作日历",
                "verbose_name_plural": "工作日历",
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                ("year", models.PositiveSmallIntegerField(primary_key=True, serialize=False, verbose_name="年度")),
                ("source", models.CharField(max_length=200, verbose_name="依据")),
                (
                    "revision",
                    models.PositiveIntegerField(
                        default=1, editable=False, help_text="每次修改加一，各进程据此重新读取。"
                    ),
                ),
            ],
            options={
                "verbose_name": "工作日历年度",
                "verbose_name_plural": "工作日历年度",
                "ordering": ["year"],
            },
        ),
        migrations.CreateModel(
            name="Bureau",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=32, unique=True, verbose_name="单位代码")),
                ("name", models.CharField(max_length=100, verbose_name="单位名称")),
                (
                    "level",
                    models.CharField(
                        choices=[("state", "总局"), ("province", "省局"), ("city", "市局"), ("county", "县局")],
                        max_length=16,
                        verbose_name="层级",
                    ),
                ),
                (
                    "ranking_view",
                    models.CharField(
                        choices=[("own", "只看本人名次"), ("top", "只看星级候选池"), ("all", "看全部名次")],
                        default="top",
                        max_length=8,
                        verbose_name="干部可见的排行",
                    ),
                ),
                ("is_demo", models.BooleanField(default=False, verbose_name="演示单位")),
                (
                    "stands_on",
                    models.DateField(
                        blank=True,
                        help_text="演示单位的日历停在样例数据截止的那一天；正式单位留空。",
                        null=True,
                        verbose_name="日历停在",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="organization.bureau",
                        verbose_name="上级单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "单位",
                "verbose_name_plural": "单位",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Employee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="工号")),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                (
                    "sort_key",
                    models.CharField(
                        blank=True,
                        help_text="由姓名生成，多音字姓氏可以在这里改正。",
                        max_length=150,
                        verbose_name="拼音排序",
                    ),
                ),
                ("joined_on", models.DateField(blank=True, null=True, verbose_name="入职日期")),
                ("left_on", models.DateField(blank=True, null=True, verbose_name="离职日期")),
                ("is_active", models.BooleanField(default=True, verbose_name="可以登录")),
                ("must_change_password", models.BooleanField(default=False, verbose_name="须修改初始密码")),
                ("is_demo", models.BooleanField(default=False, verbose_name="演示账号")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="employees",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "干部",
                "verbose_name_plural": "干部",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Department",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=32, verbose_name="部门代码")),
                ("name", models.CharField(max_length=100, verbose_name="部门名称")),
                (
                    "kind",
                    models.CharField(
                        choices=[("office", "机关股室"), ("branch_office", "派出机构"), ("institution", "事业单位")],
                        max_length=16,
                        verbose_name="部门类型",
                    ),
                ),
                ("is_assessor", models.BooleanField(default=False, verbose_name="考评部门")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departments",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "deputy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="led_departments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="分管局领导",
                    ),
                ),
            ],
            options={
                "verbose_name": "部门",
                "verbose_name_plural": "部门",
                "ordering": ["bureau", "code"],
            },
        ),
        migrations.AddField(
            model_name="employee",
            name="department",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="employees",
                to="organization.department",
                verbose_name="部门",
            ),
        ),
        migrations.CreateModel(
            name="PartyBranch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=32, verbose_name="支部代码")),
                ("name", models.CharField(max_length=100, verbose_name="支部名称")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="branches",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "secretary",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="led_branches",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="支部书记",
                    ),
                ),
            ],
            options={
                "verbose_name": "党支部",
                "verbose_name_plural": "党支部",
                "ordering": ["bureau", "code"],
            },
        ),
        migrations.AddField(
            model_name="employee",
            name="branch",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="members",
                to="organization.partybranch",
                verbose_name="党支部",
            ),
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=32, verbose_name="岗位代码")),
                ("name", models.CharField(max_length=100, verbose_name="岗位名称")),
                ("duties", models.TextField(blank=True, verbose_name="岗位职责")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="organization.department",
                        verbose_name="部门",
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位",
                "verbose_name_plural": "岗位",
                "ordering": ["bureau", "code"],
            },
        ),
        migrations.AddField(
            model_name="employee",
            name="post",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="employees",
                to="organization.post",
                verbose_name="岗位",
            ),
        ),
        migrations.CreateModel(
            name="RankCategory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=32, verbose_name="序列")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="次序")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="categories",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "序列",
                "verbose_name_plural": "序列",
                "ordering": ["bureau", "position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Placement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("effective_from", models.DateField(verbose_name="生效日期")),
                (
                    "branch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.partybranch",
                        verbose_name="党支部",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.department",
                        verbose_name="部门",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="placements",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.post",
                        verbose_name="岗位",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.rankcategory",
                        verbose_name="序列",
                    ),
                ),
            ],
            options={
                "verbose_name": "任职",
                "verbose_name_plural": "任职",
                "ordering": ["employee", "effective_from"],
            },
        ),
        migrations.AddField(
            model_name="employee",
            name="category",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="employees",
                to="organization.rankcategory",
                verbose_name="序列",
            ),
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("liaison", "联络员"),
                            ("department_head", "部门负责人"),
                            ("deputy_director", "局领导"),
                            ("director", "局长"),
                            ("office", "绩效办"),
                            ("discipline", "纪检"),
                            ("system_admin", "系统管理员"),
                        ],
                        max_length=20,
                        verbose_name="角色",
                    ),
                ),
                ("starts_on", models.DateField(default=datetime.date(1900, 1, 1), verbose_name="起始日期")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="截止日期")),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL, verbose_name="干部"
                    ),
                ),
            ],
            options={
                "verbose_name": "角色",
                "verbose_name_plural": "角色",
                "ordering": ["employee", "kind", "starts_on"],
            },
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("seconded", "借调"),
                            ("sick", "病假"),
                            ("maternity", "产假"),
                            ("study", "脱产学习"),
                            ("other", "其他"),
                            ("probation", "试用期"),
                            ("investigation", "立案审查"),
                        ],
                        max_length=16,
                        verbose_name="类型",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="起始日期")),
                ("ends_on", models.DateField(blank=True, null=True, verbose_name="截止日期")),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="absences",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
            ],
            options={
                "verbose_name": "离岗",
                "verbose_name_plural": "离岗",
                "ordering": ["employee", "starts_on"],
                "constraints": [
                    models.UniqueConstraint(fields=("employee", "kind", "starts_on"), name="absence_once_a_start"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"
                        ),
                        name="absence_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="bureau",
            constraint=models.CheckConstraint(
                condition=models.Q(("parent", models.F("id")), _negated=True), name="bureau_not_its_own_parent"
            ),
        ),
        migrations.AddConstraint(
            model_name="bureau",
            constraint=models.CheckConstraint(
                condition=models.Q(("stands_on__isnull", True), ("is_demo", True), _connector="OR"),
                name="bureau_only_a_demo_stands_still",
            ),
        ),
        migrations.AddConstraint(
            model_name="department",
            constraint=models.UniqueConstraint(fields=("bureau", "code"), name="department_code_once_in_bureau"),
        ),
        migrations.AddConstraint(
            model_name="partybranch",
            constraint=models.UniqueConstraint(fields=("bureau", "code"), name="branch_code_once_in_bureau"),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(fields=("bureau", "code"), name="post_code_once_in_bureau"),
        ),
        migrations.AddConstraint(
            model_name="rankcategory",
            constraint=models.UniqueConstraint(fields=("bureau", "name"), name="category_once_in_bureau"),
        ),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.UniqueConstraint(fields=("employee", "effective_from"), name="placement_once_a_day"),
        ),
        migrations.AddIndex(
            model_name="employee",
            index=models.Index(fields=["bureau", "department"], name="employee_bureau_department"),
        ),
        migrations.AddConstraint(
            model_name="employee",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("joined_on__isnull", True),
                    ("left_on__isnull", True),
                    ("left_on__gte", models.F("joined_on")),
                    _connector="OR",
                ),
                name="employee_leaves_after_joining",
            ),
        ),
        migrations.AddConstraint(
            model_name="role",
            constraint=models.UniqueConstraint(fields=("employee", "kind", "starts_on"), name="role_once_a_start"),
        ),
        migrations.AddConstraint(
            model_name="role",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                name="role_ends_after_start",
            ),
        ),
    ]
