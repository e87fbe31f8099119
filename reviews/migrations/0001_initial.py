import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.fields


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
            name="ReviewMeeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="召开日期")),
                ("starts_at", models.TimeField(blank=True, null=True, verbose_name="开始时间")),
                ("place", models.CharField(blank=True, max_length=100, verbose_name="地点")),
                ("explain_until", models.DateField(verbose_name="扣分说明截止日期")),
                (
                    "state",
                    models.CharField(
                        choices=[("preparing", "筹备"), ("held", "已召开"), ("closed", "纪要已定")],
                        default="preparing",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                (
                    "pack",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder, null=True, verbose_name="会议材料"
                    ),
                ),
                ("report", models.TextField(blank=True, verbose_name="绩效办汇报")),
                ("summing_up", models.TextField(blank=True, verbose_name="局长总结")),
                ("minutes", models.TextField(blank=True, verbose_name="会议纪要")),
                ("prepared_at", models.DateTimeField(verbose_name="筹备时间")),
                ("held_at", models.DateTimeField(null=True, verbose_name="登记召开的时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="定稿时间")),
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
                    "chair",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="主持人",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="定稿人",
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
                    "prepared_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="筹备人",
                    ),
                ),
                (
                    "quarter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review_meeting",
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
                "verbose_name": "讲评会",
                "verbose_name_plural": "讲评会",
                "ordering": ["-day", "-id"],
            },
        ),
        migrations.CreateModel(
            name="MeetingComment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="点评")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="点评人",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to="reviews.reviewmeeting",
                        verbose_name="讲评会",
                    ),
                ),
            ],
            options={
                "verbose_name": "局领导点评",
                "verbose_name_plural": "局领导点评",
                "ordering": ["meeting", "at", "id"],
            },
        ),
        migrations.CreateModel(
            name="MeetingAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=300, verbose_name="事项")),
                ("due_on", models.DateField(verbose_name="期限")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "办理中"), ("done", "已完成"), ("dropped", "不再办理")],
                        default="open",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                ("outcome", models.TextField(blank=True, verbose_name="办理结果")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.department",
                        verbose_name="责任部门",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meeting_actions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="责任人",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办结人",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actions",
                        to="reviews.reviewmeeting",
                        verbose_name="讲评会",
                    ),
                ),
            ],
            options={
                "verbose_name": "议定事项",
                "verbose_name_plural": "议定事项",
                "ordering": ["due_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="LostPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lost", common.fields.PointsField(verbose_name="失分合计")),
                ("people", models.PositiveIntegerField(verbose_name="失分人数")),
                ("cause", models.TextField(blank=True, verbose_name="原因")),
                ("measure", models.TextField(blank=True, verbose_name="整改措施")),
                ("filled_at", models.DateTimeField(null=True, verbose_name="填写时间")),
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
                    "filled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="填写人",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.assessmentpoint",
                        verbose_name="考点",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lost_points",
                        to="reviews.reviewmeeting",
                        verbose_name="讲评会",
                    ),
                ),
            ],
            options={
                "verbose_name": "扣分说明",
                "verbose_name_plural": "扣分说明",
                "ordering": ["meeting", "department__code", "-lost", "id"],
            },
        ),
        migrations.CreateModel(
            name="AgendaItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(verbose_name="次序")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("report", "绩效办汇报"),
                            ("explain", "部门说明扣分"),
                            ("comment", "局领导点评"),
                            ("sum_up", "局长总结"),
                            ("other", "其他"),
                        ],
                        max_length=16,
                        verbose_name="议程",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="内容")),
                ("length", models.PositiveSmallIntegerField(default=5, verbose_name="时长（分钟）")),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="organization.department",
                        verbose_name="部门",
                    ),
                ),
                (
                    "speaker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发言人",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="agenda",
                        to="reviews.reviewmeeting",
                        verbose_name="讲评会",
                    ),
                ),
            ],
            options={
                "verbose_name": "议程",
                "verbose_name_plural": "议程",
                "ordering": ["meeting", "position", "id"],
            },
        ),
        migrations.CreateModel(
            name="ReviewSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "theme_day",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="每月的这一天开展三晒；不是工作日的顺延。",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(28),
                        ],
                        verbose_name="主题党日",
                    ),
                ),
                (
                    "peers_each",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="每人互评人数",
                    ),
                ),
                (
                    "low_rank_percent",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                        verbose_name="谈话提醒：排名靠后的百分比",
                    ),
                ),
                (
                    "fall_places",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="谈话提醒：名次下滑的位数",
                    ),
                ),
                (
                    "bureau",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="review_settings",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "三晒与谈话的约定",
                "verbose_name_plural": "三晒与谈话的约定",
            },
        ),
        migrations.CreateModel(
            name="Showing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.CharField(help_text="如 2023-05", max_length=7, verbose_name="月份")),
                ("day", models.DateField(verbose_name="召开日期")),
                ("starts_at", models.TimeField(blank=True, null=True, verbose_name="开始时间")),
                ("place", models.CharField(blank=True, max_length=100, verbose_name="地点")),
                ("topic", models.CharField(blank=True, max_length=200, verbose_name="主题")),
                (
                    "state",
                    models.CharField(
                        choices=[("scheduled", "待召开"), ("held", "已召开"), ("closed", "已办结")],
                        default="scheduled",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("scheduled_at", models.DateTimeField(verbose_name="安排时间")),
                ("held_on", models.DateField(null=True, verbose_name="实际召开日期")),
                ("held_at", models.DateTimeField(null=True, verbose_name="登记召开的时间")),
                ("minutes", models.TextField(blank=True, verbose_name="会议记录")),
                (
                    "ratings_opened_at",
                    models.DateTimeField(
                        help_text="应评的都交了才公开；在那之前谁也看不到别人的评价。",
                        null=True,
                        verbose_name="互评公开时间",
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                (
                    "closing_reason",
                    models.TextField(
                        blank=True, help_text="还有人没交互评就办结时填写。", verbose_name="提前办结的理由"
                    ),
                ),
                (
                    "bureau",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="showings",
                        to="organization.bureau",
                        verbose_name="单位",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办结人",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="主持人",
                    ),
                ),
                (
                    "scheduled_by",
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
                "verbose_name": "三晒",
                "verbose_name_plural": "三晒",
                "ordering": ["-month", "day", "id"],
            },
        ),
        migrations.CreateModel(
            name="Rating",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("peer", "同事互评"), ("leader", "领导点评")], max_length=8, verbose_name="类型"
                    ),
                ),
                (
                    "mark",
                    models.PositiveSmallIntegerField(
                        help_text="0 至 100；领导点评不打分。",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="评分",
                    ),
                ),
                ("comment", models.TextField(blank=True, verbose_name="评语")),
                ("updated_at", models.DateTimeField(verbose_name="修改时间")),
                ("handed_in_at", models.DateTimeField(null=True, verbose_name="提交时间")),
                (
                    "ratee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings_received",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="被评人",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings_given",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="评价人",
                    ),
                ),
                (
                    "showing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings",
                        to="reviews.showing",
                        verbose_name="三晒",
                    ),
                ),
            ],
            options={
                "verbose_name": "三晒评价",
                "verbose_name_plural": "三晒评价",
                "ordering": ["showing", "ratee", "id"],
            },
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="发言次序")),
                (
                    "attendance",
                    models.CharField(
                        blank=True,
                        choices=[("present", "出席"), ("excused", "请假"), ("absent", "缺席")],
                        max_length=16,
                        verbose_name="到会情况",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="缺席原因")),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.partybranch",
                        verbose_name="党支部",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="showings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "showing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participants",
                        to="reviews.showing",
                        verbose_name="三晒",
                    ),
                ),
            ],
            options={
                "verbose_name": "参加人",
                "verbose_name_plural": "参加人",
                "ordering": ["showing", "position", "employee__number"],
            },
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("task", models.CharField(max_length=300, verbose_name="事项")),
                ("due_on", models.DateField(verbose_name="期限")),
                ("made_at", models.DateTimeField(verbose_name="提出时间")),
                ("outcome", models.TextField(blank=True, verbose_name="完成情况")),
                ("done_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提出人",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="责任人",
                    ),
                ),
                (
                    "showing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_ups",
                        to="reviews.showing",
                        verbose_name="三晒",
                    ),
                ),
            ],
            options={
                "verbose_name": "三晒跟进事项",
                "verbose_name_plural": "三晒跟进事项",
                "ordering": ["due_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="ShowingBranch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.CharField(max_length=7, verbose_name="月份")),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="joined",
                        to="organization.partybranch",
                        verbose_name="党支部",
                    ),
                ),
                (
                    "showing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="joined",
                        to="reviews.showing",
                        verbose_name="三晒",
                    ),
                ),
            ],
            options={
                "verbose_name": "参加三晒的支部",
                "verbose_name_plural": "参加三晒的支部",
                "ordering": ["showing", "branch"],
            },
        ),
        migrations.AddField(
            model_name="showing",
            name="branches",
            field=models.ManyToManyField(
                related_name="showings",
                through="reviews.ShowingBranch",
                to="organization.partybranch",
                verbose_name="党支部",
            ),
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("achievements", models.TextField(blank=True, verbose_name="晒成绩")),
                ("shortcomings", models.TextField(blank=True, verbose_name="晒不足")),
                ("plans", models.TextField(blank=True, verbose_name="晒打算")),
                ("updated_at", models.DateTimeField(verbose_name="修改时间")),
                ("handed_in_at", models.DateTimeField(null=True, verbose_name="提交时间")),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="干部",
                    ),
                ),
                (
                    "showing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="reviews.showing",
                        verbose_name="三晒",
                    ),
                ),
            ],
            options={
                "verbose_name": "三晒发言",
                "verbose_name_plural": "三晒发言",
                "ordering": ["showing", "employee"],
            },
        ),
        migrations.CreateModel(
            name="Talk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("encourage", "激励式"),
                            ("coach", "帮教式"),
                            ("inspire", "启发式"),
                            ("warn", "警醒式"),
                        ],
                        max_length=16,
                        verbose_name="方式",
                    ),
                ),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("free", "日常谈话"),
                            ("low_rank", "排名靠后"),
                            ("fall", "名次下滑"),
                            ("appeal", "申诉未成立"),
                            ("award", "表彰激励"),
                        ],
                        default="free",
                        max_length=16,
                        verbose_name="事由",
                    ),
                ),
                ("held_on", models.DateField(verbose_name="谈话日期")),
                ("place", models.CharField(blank=True, max_length=100, verbose_name="地点")),
                ("affirmation", models.TextField(blank=True, verbose_name="肯定成绩")),
                ("analysis", models.TextField(blank=True, verbose_name="分析问题")),
                ("requirements", models.TextField(blank=True, verbose_name="提出要求")),
                ("view", models.TextField(blank=True, verbose_name="本人意见")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "记录中"), ("with_employee", "待本人签字"), ("signed", "双方已签字")],
                        default="draft",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("written_at", models.DateTimeField(verbose_name="记录时间")),
                ("follow_up_on", models.DateField(blank=True, null=True, verbose_name="回访日期")),
                ("follow_up", models.TextField(blank=True, verbose_name="回访情况")),
                ("followed_up_at", models.DateTimeField(null=True, verbose_name="回访时间")),
                (
                    "branch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.partybranch",
                        verbose_name="党支部",
                    ),
                ),
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
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="talks",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="谈话对象",
                    ),
                ),
                (
                    "talker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="talks_held",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="谈话人",
                    ),
                ),
            ],
            options={
                "verbose_name": "谈心谈话",
                "verbose_name_plural": "谈心谈话",
                "ordering": ["-held_on", "-id"],
            },
        ),
        migrations.CreateModel(
            name="TalkSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="签字时间")),
                ("digest", models.CharField(max_length=64, verbose_name="校验和")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签字人",
                    ),
                ),
                (
                    "talk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signatures",
                        to="reviews.talk",
                        verbose_name="谈心谈话",
                    ),
                ),
            ],
            options={
                "verbose_name": "谈话签字",
                "verbose_name_plural": "谈话签字",
                "ordering": ["talk", "at", "id"],
            },
        ),
        migrations.CreateModel(
            name="TalkSuggestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "trigger",
                    models.CharField(
                        choices=[
                            ("free", "日常谈话"),
                            ("low_rank", "排名靠后"),
                            ("fall", "名次下滑"),
                            ("appeal", "申诉未成立"),
                            ("award", "表彰激励"),
                        ],
                        max_length=16,
                        verbose_name="事由",
                    ),
                ),
                ("reason", models.CharField(max_length=300, verbose_name="依据")),
                ("made_at", models.DateTimeField(verbose_name="提示时间")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待安排"), ("taken", "已谈话"), ("dismissed", "不安排")],
                        default="open",
                        max_length=16,
                        verbose_name="状态",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="处理时间")),
                ("decision", models.TextField(blank=True, verbose_name="不安排的理由")),
                (
                    "branch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.partybranch",
                        verbose_name="党支部",
                    ),
                ),
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
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="处理人",
                    ),
                ),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="谈话对象",
                    ),
                ),
                (
                    "quarter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="indicators.quarter",
                        verbose_name="季度",
                    ),
                ),
                (
                    "talk",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="suggestion",
                        to="reviews.talk",
                        verbose_name="谈话",
                    ),
                ),
            ],
            options={
                "verbose_name": "谈话建议",
                "verbose_name_plural": "谈话建议",
                "ordering": ["-made_at", "-id"],
            },
        ),
        migrations.AddConstraint(
            model_name="reviewmeeting",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "preparing"), ("pack__isnull", False), _connector="OR"),
                name="meeting_held_with_its_pack",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewmeeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "closed"), _negated=True),
                    models.Q(("minutes", ""), _negated=True),
                    _connector="OR",
                ),
                name="meeting_closed_with_minutes",
            ),
        ),
        migrations.AddConstraint(
            model_name="meetingcomment",
            constraint=models.UniqueConstraint(fields=("meeting", "author"), name="meeting_comment_once_by"),
        ),
        migrations.AddConstraint(
            model_name="lostpoint",
            constraint=models.UniqueConstraint(
                fields=("meeting", "department", "point"), name="lost_point_once_a_department"
            ),
        ),
        migrations.AddConstraint(
            model_name="lostpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("filled_at__isnull", True),
                    models.Q(("cause", ""), ("measure", ""), _connector="OR", _negated=True),
                    _connector="OR",
                ),
                name="lost_point_explained_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.UniqueConstraint(fields=("showing", "rater", "ratee", "kind"), name="rating_once_a_pair"),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("rater", models.F("ratee")), _negated=True), name="rating_never_of_oneself"
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("mark__isnull", True), ("mark__lte", 100), _connector="OR"),
                name="rating_mark_up_to_100",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("handed_in_at__isnull", True),
                    models.Q(
                        models.Q(("comment", ""), _negated=True),
                        models.Q(
                            models.Q(("kind", "leader"), ("mark__isnull", True)),
                            models.Q(("kind", "peer"), ("mark__isnull", False)),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="rating_handed_in_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(fields=("showing", "employee"), name="showing_once_a_person"),
        ),
        migrations.AddConstraint(
            model_name="showingbranch",
            constraint=models.UniqueConstraint(fields=("branch", "month"), name="showing_once_a_month"),
        ),
        migrations.AddIndex(
            model_name="showing",
            index=models.Index(fields=["bureau", "month"], name="showing_bureau_month"),
        ),
        migrations.AddConstraint(
            model_name="showing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("held_on__isnull", True), ("state", "scheduled")),
                    models.Q(models.Q(("state", "scheduled"), _negated=True), ("held_on__isnull", False)),
                    _connector="OR",
                ),
                name="showing_held_on_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="showing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "closed"), _negated=True), ("ratings_opened_at__isnull", False), _connector="OR"
                ),
                name="showing_closed_is_opened",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(fields=("showing", "employee"), name="statement_once_a_showing"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("handed_in_at__isnull", True),
                    models.Q(("achievements", ""), ("shortcomings", ""), ("plans", ""), _connector="OR", _negated=True),
                    _connector="OR",
                ),
                name="statement_handed_in_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="talk",
            constraint=models.CheckConstraint(
                condition=models.Q(("employee", models.F("talker")), _negated=True), name="talk_between_two"
            ),
        ),
        migrations.AddConstraint(
            model_name="talk",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    models.Q(
                        ("affirmation", ""), ("analysis", ""), ("requirements", ""), _connector="OR", _negated=True
                    ),
                    _connector="OR",
                ),
                name="talk_signed_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="talksignature",
            constraint=models.UniqueConstraint(fields=("talk", "by"), name="talk_signed_once_by"),
        ),
        migrations.AddConstraint(
            model_name="talksuggestion",
            constraint=models.UniqueConstraint(
                fields=("employee", "quarter", "trigger"), name="talk_suggested_once_of_a_cause"
            ),
        ),
    ]
