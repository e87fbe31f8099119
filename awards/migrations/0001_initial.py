import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("indicators", "0003_roster_reason"),
        ("organization", "0002_fill_calendar"),
        ("scoring", "0006_refuse_roundabout_changes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AwardSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "leaders_percent",
                    models.PositiveSmallIntegerField(
                        default=40,
                        help_text="其余为干部票的权重。",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="领导票权重（%）",
                    ),
                ),
                (
                    "most_categories",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="每人最多获提名的星级",
                    ),
                ),
                (
                    "winners_each",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="每个星级的名额",
                    ),
                ),
                (
                    "nomination_days",
                    models.PositiveSmallIntegerField(
                        default=5, validators=[django.core.validators.MinValueValidator(1)], verbose_name="提名的工作日"
                    ),
                ),
                (
                    "ballot_days",
                    models.PositiveSmallIntegerField(
                        default=3, validators=[django.core.validators.MinValueValidator(1)], verbose_name="投票的工作日"
                    ),
                ),
                (
                    "publicity_days",
                    models.PositiveSmallIntegerField(
                        default=5, validators=[django.core.validators.MinValueValidator(1)], verbose_name="公示的工作日"
                    ),
                ),
                (
                    "bureau",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="award_settings",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "五星评选的约定",
                "verbose_name_plural": "五星评选的约定",
            },
        ),
        migrations.CreateModel(
            name="Nomination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deeds", models.TextField(verbose_name="事迹")),
                ("nominated_at", models.DateTimeField(verbose_name="提名时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                ("withdrawal", models.TextField(blank=True, verbose_name="撤回理由")),
                (
                    "branch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.partybranch",
                        verbose_name="提名支部",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.department",
                        verbose_name="提名部门",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nominations",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "nominated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提名人",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="撤回人",
                    ),
                ),
            ],
            options={
                "verbose_name": "提名",
                "verbose_name_plural": "提名",
                "ordering": ["category", "nominated_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Selection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("nominating", "提名"),
                            ("balloting", "投票"),
                            ("deciding", "审定"),
                            ("publicity", "公示"),
                            ("published", "已公布"),
                            ("cancelled", "已取消"),
                        ],
                        default="nominating",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("leaders_percent", models.PositiveSmallIntegerField(verbose_name="领导票权重（%）")),
                ("most_categories", models.PositiveSmallIntegerField(verbose_name="每人最多获提名的星级")),
                ("nominate_until", models.DateField(verbose_name="提名截止")),
                ("ballot_from", models.DateField(verbose_name="投票开始")),
                ("ballot_until", models.DateField(verbose_name="投票截止")),
                ("publicity_until", models.DateField(null=True, verbose_name="公示截止")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="selections",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="selections",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scoring.scorerun",
                        verbose_name="依据的计分轮次",
                    ),
                ),
            ],
            options={
                "verbose_name": "五星评选",
                "verbose_name_plural": "五星评选",
                "ordering": ["-quarter__code", "-id"],
            },
        ),
        migrations.CreateModel(
            name="PoolMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bureau_rank", models.PositiveIntegerField(null=True, verbose_name="单位排名")),
                (
                    "standing",
                    models.CharField(
                        choices=[
                            ("in", "入围"),
                            ("rank", "名次未入围"),
                            ("discipline", "违纪"),
                            ("not_ranked", "不参加排名"),
                        ],
                        max_length=16,
                        verbose_name="入围情况",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="说明")),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pool",
                        to="awards.selection",
                        verbose_name="五星评选",
                    ),
                ),
            ],
            options={
                "verbose_name": "候选池",
                "verbose_name_plural": "候选池",
                "ordering": ["selection", "bureau_rank", "employee__number"],
            },
        ),
        migrations.CreateModel(
            name="SelectionStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("nominating", "提名"),
                            ("balloting", "投票"),
                            ("deciding", "审定"),
                            ("publicity", "公示"),
                            ("published", "已公布"),
                            ("cancelled", "已取消"),
                        ],
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作人",
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="awards.selection",
                        verbose_name="五星评选",
                    ),
                ),
            ],
            options={
                "verbose_name": "评选步骤",
                "verbose_name_plural": "评选步骤",
                "ordering": ["selection", "at", "id"],
            },
        ),
        migrations.CreateModel(
            name="StarAward",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "by_vote",
                    models.BooleanField(help_text="否：审定时调整，理由写在星级上。", verbose_name="按投票结果"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("chosen", "拟表彰"), ("published", "已表彰"), ("withdrawn", "已撤销")],
                        default="chosen",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("serial", models.CharField(blank=True, max_length=40, verbose_name="证书编号")),
                ("token", models.CharField(blank=True, max_length=43, verbose_name="查验码")),
                ("chosen_at", models.DateTimeField(verbose_name="审定时间")),
                ("published_on", models.DateField(null=True, verbose_name="表彰日期")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                ("withdrawal", models.TextField(blank=True, verbose_name="撤销理由")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "chosen_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审定人",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        help_text="评选季度末所在的部门。",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.department",
                        verbose_name="部门",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stars",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "nomination",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="award",
                        to="awards.nomination",
                        verbose_name="提名",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="撤销人",
                    ),
                ),
            ],
            options={
                "verbose_name": "星级称号",
                "verbose_name_plural": "星级称号",
                "ordering": ["category", "id"],
            },
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ground", models.TextField(verbose_name="异议内容")),
                ("at", models.DateTimeField(verbose_name="提出时间")),
                ("upheld", models.BooleanField(null=True, verbose_name="是否采纳")),
                ("answer", models.TextField(blank=True, verbose_name="答复")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="答复时间")),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="答复人",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提出人",
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="awards.selection",
                        verbose_name="五星评选",
                    ),
                ),
                (
                    "award",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="objections",
                        to="awards.staraward",
                        verbose_name="针对的称号",
                    ),
                ),
            ],
            options={
                "verbose_name": "公示异议",
                "verbose_name_plural": "公示异议",
                "ordering": ["selection", "at", "id"],
            },
        ),
        migrations.CreateModel(
            name="StarCategory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("dedication", "敬业之星"),
                            ("learning", "学习之星"),
                            ("service", "服务之星"),
                            ("innovation", "创新之星"),
                            ("party_affairs", "党务之星"),
                        ],
                        max_length=16,
                        verbose_name="星级",
                    ),
                ),
                ("criteria", models.TextField(verbose_name="条件")),
                (
                    "winners",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="名额",
                    ),
                ),
                (
                    "departure",
                    models.TextField(
                        blank=True, help_text="审定结果偏离投票结果时必须填写。", verbose_name="与投票结果不一致的理由"
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="categories",
                        to="awards.selection",
                        verbose_name="五星评选",
                    ),
                ),
            ],
            options={
                "verbose_name": "星级",
                "verbose_name_plural": "星级",
                "ordering": ["selection", "id"],
            },
        ),
        migrations.AddField(
            model_name="staraward",
            name="category",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="awards",
                to="awards.starcategory",
                verbose_name="星级",
            ),
        ),
        migrations.AddField(
            model_name="nomination",
            name="category",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="nominations",
                to="awards.starcategory",
                verbose_name="星级",
            ),
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "side",
                    models.CharField(
                        choices=[("leaders", "领导票"), ("staff", "干部票")], max_length=8, verbose_name="票类"
                    ),
                ),
                ("votes", models.PositiveIntegerField(default=0, verbose_name="票数")),
                (
                    "nomination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tallies",
                        to="awards.nomination",
                        verbose_name="提名",
                    ),
                ),
            ],
            options={
                "verbose_name": "计票",
                "verbose_name_plural": "计票",
                "ordering": ["nomination", "side"],
            },
        ),
        migrations.CreateModel(
            name="TrainingSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="培训内容")),
                ("day", models.DateField(verbose_name="培训日期")),
                ("place", models.CharField(blank=True, max_length=100, verbose_name="地点")),
                ("trainer", models.CharField(blank=True, max_length=50, verbose_name="授课人")),
                ("held_at", models.DateTimeField(null=True, verbose_name="登记举办的时间")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "planned_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="安排人",
                    ),
                ),
            ],
            options={
                "verbose_name": "培训",
                "verbose_name_plural": "培训",
                "ordering": ["-day", "-id"],
            },
        ),
        migrations.CreateModel(
            name="TrainingAttendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("came", models.BooleanField(null=True, verbose_name="参加")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trainings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "training",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attendances",
                        to="awards.trainingsession",
                        verbose_name="培训",
                    ),
                ),
            ],
            options={
                "verbose_name": "参训人",
                "verbose_name_plural": "参训人",
                "ordering": ["training", "employee__number"],
            },
        ),
        migrations.CreateModel(
            name="UseLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField(verbose_name="次序")),
                (
                    "figures",
                    models.JSONField(
                        default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name="数据"
                    ),
                ),
                ("suggestion", models.CharField(blank=True, max_length=50, verbose_name="系统建议")),
                ("reason", models.TextField(blank=True, verbose_name="建议的依据")),
                ("at_border", models.BooleanField(default=False, verbose_name="并列在界线上")),
                ("decision", models.CharField(blank=True, max_length=50, verbose_name="决定")),
                ("note", models.TextField(blank=True, verbose_name="决定说明")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="决定时间")),
                (
                    "carried_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="indicators.assessmentpoint",
                        verbose_name="转入的下年度考点",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="决定人",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.department",
                        verbose_name="部门",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="use_lines",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.assessmentpoint",
                        verbose_name="考点",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.post",
                        verbose_name="岗位",
                    ),
                ),
            ],
            options={
                "verbose_name": "结果运用明细",
                "verbose_name_plural": "结果运用明细",
                "ordering": ["use_list", "position", "id"],
            },
        ),
        migrations.AddField(
            model_name="trainingsession",
            name="needs",
            field=models.ManyToManyField(related_name="trainings", to="awards.useline", verbose_name="针对的培训需求"),
        ),
        migrations.CreateModel(
            name="UseList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("quarterly_grade", "季度考核等次"),
                            ("annual_grade", "年度考核等次"),
                            ("promotion", "职务职级晋升参考"),
                            ("training", "培训需求"),
                            ("improvement", "绩效改进事项"),
                            ("department_talk", "部门约谈"),
                        ],
                        max_length=16,
                        verbose_name="名单",
                    ),
                ),
                ("period", models.CharField(help_text="季度如 2023Q1，年度如 2023", max_length=6, verbose_name="期间")),
                (
                    "quota_percent",
                    models.PositiveSmallIntegerField(
                        help_text="“以内”：按人数乘比例舍去小数。", null=True, verbose_name="最高等次比例（%）"
                    ),
                ),
                ("quota_basis", models.TextField(blank=True, verbose_name="放宽比例的批准依据")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "拟定中"), ("signed", "已签发")],
                        default="draft",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("drawn_at", models.DateTimeField(verbose_name="拟定时间")),
                ("signed_at", models.DateTimeField(null=True, verbose_name="签发时间")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="校验和")),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "drawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="拟定人",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签发人",
                    ),
                ),
            ],
            options={
                "verbose_name": "结果运用名单",
                "verbose_name_plural": "结果运用名单",
                "ordering": ["-period", "kind", "id"],
            },
        ),
        migrations.AddField(
            model_name="useline",
            name="use_list",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="awards.uselist",
                verbose_name="名单",
            ),
        ),
        migrations.CreateModel(
            name="Voter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "side",
                    models.CharField(
                        choices=[("leaders", "领导票"), ("staff", "干部票")], max_length=8, verbose_name="票类"
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="voters",
                        to="awards.selection",
                        verbose_name="五星评选",
                    ),
                ),
            ],
            options={
                "verbose_name": "投票人",
                "verbose_name_plural": "投票人",
                "ordering": ["selection", "employee__number"],
            },
        ),
        migrations.CreateModel(
            name="BallotCast",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cast",
                        to="awards.starcategory",
                        verbose_name="星级",
                    ),
                ),
                (
                    "voter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cast",
                        to="awards.voter",
                        verbose_name="投票人",
                    ),
                ),
            ],
            options={
                "verbose_name": "已投票",
                "verbose_name_plural": "已投票",
            },
        ),
        migrations.AddConstraint(
            model_name="selection",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                fields=("quarter",),
                name="selection_once_a_quarter",
            ),
        ),
        migrations.AddConstraint(
            model_name="selection",
            constraint=models.CheckConstraint(
                condition=models.Q(("leaders_percent__lte", 100)), name="selection_weights_add_up"
            ),
        ),
        migrations.AddConstraint(
            model_name="selection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ballot_from__gt", models.F("nominate_until")), ("ballot_until__gte", models.F("ballot_from"))
                ),
                name="selection_days_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="poolmember",
            constraint=models.UniqueConstraint(fields=("selection", "employee"), name="pool_once_a_person"),
        ),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answered_at__isnull", True),
                    models.Q(("upheld__isnull", False), models.Q(("answer", ""), _negated=True)),
                    _connector="OR",
                ),
                name="objection_answered_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="starcategory",
            constraint=models.UniqueConstraint(fields=("selection", "kind"), name="star_once_a_selection"),
        ),
        migrations.AddConstraint(
            model_name="staraward",
            constraint=models.UniqueConstraint(
                condition=models.Q(("serial", ""), _negated=True), fields=("serial",), name="star_serial_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="staraward",
            constraint=models.UniqueConstraint(
                condition=models.Q(("token", ""), _negated=True), fields=("token",), name="star_token_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="staraward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "chosen"),
                    models.Q(
                        models.Q(("serial", ""), _negated=True),
                        models.Q(("token", ""), _negated=True),
                        ("published_on__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="star_published_with_certificate",
            ),
        ),
        migrations.AddConstraint(
            model_name="staraward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), _negated=True),
                    models.Q(("withdrawal", ""), _negated=True),
                    _connector="OR",
                ),
                name="star_withdrawn_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="nomination",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at__isnull", True)),
                fields=("category", "employee"),
                name="nominated_once_for_a_star",
            ),
        ),
        migrations.AddConstraint(
            model_name="nomination",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("branch__isnull", False), ("department__isnull", True)),
                    models.Q(("branch__isnull", True), ("department__isnull", False)),
                    _connector="OR",
                ),
                name="nominated_by_department_or_branch",
            ),
        ),
        migrations.AddConstraint(
            model_name="tally",
            constraint=models.UniqueConstraint(fields=("nomination", "side"), name="tally_once_a_side"),
        ),
        migrations.AddConstraint(
            model_name="trainingattendance",
            constraint=models.UniqueConstraint(fields=("training", "employee"), name="trained_once_a_person"),
        ),
        migrations.AddConstraint(
            model_name="uselist",
            constraint=models.UniqueConstraint(fields=("bureau", "kind", "period"), name="use_list_once_a_period"),
        ),
        migrations.AddConstraint(
            model_name="uselist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    models.Q(("signed_at__isnull", False), models.Q(("digest", ""), _negated=True)),
                    _connector="OR",
                ),
                name="use_list_signed_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="useline",
            constraint=models.UniqueConstraint(fields=("use_list", "employee"), name="use_line_once_a_person"),
        ),
        migrations.AddConstraint(
            model_name="voter",
            constraint=models.UniqueConstraint(fields=("selection", "employee"), name="voter_once_a_selection"),
        ),
        migrations.AddConstraint(
            model_name="ballotcast",
            constraint=models.UniqueConstraint(fields=("category", "voter"), name="ballot_once_a_star"),
        ),
    ]
