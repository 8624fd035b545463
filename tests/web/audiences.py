"""Who may open each address, written a second time."""

from __future__ import annotations

from bonus.web.access import PUBLIC

EXAMINERS = frozenset({"reviewer", "authorising_officer"})
COMPANY, ACCOUNTANT, ACCOUNTING = {"company"}, {"accountant"}, {"accounting_officer"}
KEEPER = {"registry_keeper"}
TABLES = (
    "company.new_claim_by_table",
    "company.tables",
    "company.one_table",
    "company.take",
    "company.abandon_table",
    "company.remove_table",
    "company.corrections_in_csv",
    "company.corrections_in_xlsx",
    "company.table_faults",
)

FOLLOWING = (
    "company.write",
    "company.withdrawal",
    "company.answer",
    "company.answer_join",
    "company.answer_absence",
    "company.answer_removal",
    "company.observations",
    "company.ask_for_reasons",
)
"""What a company does once it has filed."""

DESK = ("note", "presence", "departure")
"""What agents do side by side on a dossier."""

COMPANY_TABLES = ("claims", "lines", "notices", "aids", "team", "certificates")
AGENT_TABLES = ("queue", "lines", "alerts", "controls", "changes", "ends", "payments", "payment_orders")
"""The tables that a page exports, by the name of their view without « _table »."""

CERTIFICATES = tuple(
    f"company.{name}"
    for name in ("certificate_page", "certificate_data", "certificate_table", "ask_certificate")
)

OWNERS_ONLY = {
    f"company.{name}"
    for name in (
        *("figures", "new_link", "link_removal", "new_aid", "aid", "aid_removal"),
        *("new_invitation", "invitation_again", "invitation_cancelling", "member", "member_removal"),
        *("bank_change", "bank_giving_up", "bank_proof"),
    )
}
"""Of a company's pages, those that change what the company is: neither a reader nor a filer opens them."""

AGENT_ACCOUNTS = (
    *("agents_list", "new_agent", "one_agent", "agent_roles"),
    *("agent_deactivation", "agent_activation", "agent_factor_reset", "agent_link"),
)
"""What an administrator does with the accounts of agents."""

BUDGET_READ = ("agent.budget", "agent.budget_table")
BUDGET_ACTS = ("agent.open_budget", "agent.amend_budget")
JOBS = ("jobs", "jobs_table", "one_job", "job_retry", "job_dismissal", "jobs_again")
"""Jobs that failed."""
BATCH_ACTS = ("batch", "batch_signature", "batch_writing", "batch_sending", "batch_dismissal")
"""The page of a batch of payments, and what is done there."""

CAMPAIGNS = ("campaigns_list", "new_campaign", "campaign", "campaign_table")
"""Campaigns of controls."""

UNDUES: dict[str, frozenset[str] | set[str]] = {
    **dict.fromkeys(
        ("agent.undues", "agent.undues_table", "agent.one_undue", "agent.undue_letter"),
        EXAMINERS | ACCOUNTING,
    ),
    **dict.fromkeys(("agent.undue_decision", "agent.mass", "agent.mass_table"), EXAMINERS),
    **{
        f"agent.{name}": {"reviewer"}
        for name in (
            *("new_undue", "undue_finding", "undue_finding_removal", "undue_notice"),
            *("new_mass", "mass_approval", "mass_abandon"),
        )
    },
    **{
        f"company.{name}": COMPANY
        for name in ("undues", "undues_table", "undue", "undue_reply", "undue_letter")
    },
}
"""Undue sums (art. 14)."""
LEDGER = ("ledger", "ledger_table", "ledger_period", "month_closing")
"""The accounts: what is proven, closed and exported."""

TITRES: dict[str, frozenset[str] | set[str]] = {
    **dict.fromkeys(("agent.titre", "agent.titre_table"), EXAMINERS | ACCOUNTING),
    **{
        f"agent.titre_{name}": ACCOUNTING
        for name in ("repayment", "overpayment", "offset", "plan", "plan_answer", "interruption")
    },
    **{f"agent.titre_{name}": {"authorising_officer"} for name in ("waiver", "cancelling")},
    **{f"company.{name}": COMPANY for name in ("undue_plan", "undue_settlements")},
}
"""Titres de perception, and what settles them (art. 14)."""
BANK = (
    *("bank", "bank_upload", "bank_waiting", "bank_one", "bank_content", "bank_finding", "bank_resolve"),
    *("bank_apply", "bank_leave", "bank_waiting_table", "bank_lines_table", "bank_files_table"),
    *(
        "payment_order",
        "payment_order_table",
        "order_hold",
        "order_freeing",
        "order_reopening",
        "order_claim",
        "order_liquidation",
    ),
)
"""The bank's answers, and the acts on one order."""

PASSAGES = frozenset(f"public.proconnect_{name}" for name in ("start", "back", "link", "welcome")) | {
    "public.second_factor",
    "public.factor_enrolment",
}
"""Open to all, and without anything to show but to who comes from ProConnect (tests/web/proconnect tries them), or to
an agent who gave a password (tests/web/test_second_factor.py)."""

AUDIENCES: dict[str, frozenset[str] | set[str]] = {
    "static": {PUBLIC},
    "dsfr": {PUBLIC},
    "public.home": {PUBLIC},
    "public.sign_in": {PUBLIC},
    "public.sign_out": {PUBLIC},
    "public.signed_out": {PUBLIC},
    "public.proconnect_start": {PUBLIC},
    "public.proconnect_back": {PUBLIC},
    "public.proconnect_link": {PUBLIC},
    "public.proconnect_welcome": {PUBLIC},
    "public.verify": {PUBLIC},
    "public.risk_rules": {PUBLIC},
    **UNDUES,
    **TITRES,
    "public.second_factor": {PUBLIC},
    "public.factor_enrolment": {PUBLIC},
    "public.demo_codes": {PUBLIC},
    "public.agent_welcome": {PUBLIC},
    **{f"agent.{name}": {"administrator"} for name in AGENT_ACCOUNTS},
    **{f"agent.{name}": {"authorising_officer", "administrator"} for name in CAMPAIGNS},
    **dict.fromkeys(("agent.reporting", "agent.reporting_table"), EXAMINERS | {"administrator"}),
    **{name: {"authorising_officer", "accounting_officer"} for name in BUDGET_READ},
    **{name: {"authorising_officer"} for name in BUDGET_ACTS},
    **{f"agent.{name}": {"administrator"} | ACCOUNTING for name in JOBS},
    **{
        f"agent.{name}": {"administrator", "authorising_officer"} | ACCOUNTING
        for name in ("minimis", "minimis_table")
    },
    "public.invitation": {PUBLIC},
    **{f"public.{name}": {PUBLIC} for name in ("contestation", "draw", "draw_json", "draw_csv")},
    **{
        f"public.{name}": {PUBLIC}
        for name in (
            *(
                "sign_up",
                "sign_up_company",
                "sign_up_typed",
                "sign_up_person",
                "sign_up_mail",
                "sign_up_link",
            ),
            *("demo_letters", "demo_letter"),
        )
    },
    "public.healthz": {PUBLIC},
    "public.help_page": {PUBLIC},
    "public.contact": {PUBLIC},
    "public.legal_notice": {PUBLIC},
    "public.personal_data": {PUBLIC},
    "public.accessibility": {PUBLIC},
    "public.solutions": {PUBLIC},
    "public.solution": {PUBLIC},
    "public.simulator": {PUBLIC},
    "public.demo_mails": {PUBLIC},
    "public.demo_mail": {PUBLIC},
    "public.demo_mail_file": {PUBLIC},
    "public.open_data": {PUBLIC},
    "public.open_data_schema": {PUBLIC},
    "public.open_data_csv": {PUBLIC},
    "public.open_data_json": {PUBLIC},
    "company.home": COMPANY,
    "company.notices": COMPANY,
    "company.notice": COMPANY,
    "company.new_simulated": COMPANY,
    "company.new_claim": COMPANY,
    "company.claim": COMPANY,
    "company.invoices": COMPANY,
    "company.remove": COMPANY,
    "company.invoice_lines": COMPANY,
    "company.invoice_total": COMPANY,
    "company.paper_invoice": COMPANY,
    "company.paper_page": COMPANY,
    "company.paper_removal": COMPANY,
    "company.lines": COMPANY,
    "company.save_draft": COMPANY,
    "company.documents": COMPANY,
    "company.archive": COMPANY,
    "company.join": COMPANY,
    "company.joined": COMPANY,
    "company.remove_joined": COMPANY,
    "company.review": COMPANY,
    "company.acknowledgement": COMPANY,
    "company.abandon_claim": COMPANY,
    "company.history": COMPANY,
    **dict.fromkeys(FOLLOWING, COMPANY),
    "company.table_form_csv": COMPANY,
    "company.table_form_xlsx": COMPANY,
    **dict.fromkeys(TABLES, COMPANY),
    "company.certificates": COMPANY,
    "company.certificate": COMPANY,
    **dict.fromkeys(CERTIFICATES, COMPANY),
    **dict.fromkeys(("company.establishment", "company.team", "company.bank", "company.choose"), COMPANY),
    **{f"company.{name}": COMPANY for name in ("proof", "one_proof", "letter_request", "proof_code")},
    **dict.fromkeys(sorted(OWNERS_ONLY), COMPANY),
    **dict.fromkeys((f"company.{name}_table" for name in COMPANY_TABLES), COMPANY),
    **dict.fromkeys(("company.filed_list", "company.decided_list"), COMPANY),
    "accountant.home": ACCOUNTANT,
    "accountant.certificate": ACCOUNTANT,
    "agent.home": EXAMINERS,
    **dict.fromkeys(("agent.owed", "agent.revocation"), EXAMINERS),
    "agent.revocation_decision": {"authorising_officer"},
    "agent.reasons": {"reviewer"},
    **dict.fromkeys(("agent.letter", "agent.letter_pdf"), EXAMINERS),
    **dict.fromkeys(("company.letter", "company.letter_pdf"), COMPANY),
    "agent.queue": EXAMINERS,
    **dict.fromkeys(("agent.deadlines", "agent.appeals", "agent.one_appeal"), EXAMINERS),
    "agent.appeal_taking": {"reviewer"},
    "agent.appeal_proposal": {"reviewer"},
    "agent.appeal_concurrence": {"reviewer"},
    "agent.appeal_objection": {"reviewer"},
    "agent.appeal_return": {"authorising_officer"},
    "agent.appeal_decision": {"authorising_officer"},
    **dict.fromkeys(("company.appeal", "company.appeal_filing", "company.appeal_withdrawal"), COMPANY),
    "agent.claim": EXAMINERS,
    "agent.document": EXAMINERS,
    "agent.document_page": EXAMINERS,
    **dict.fromkeys((f"agent.{name}" for name in DESK), EXAMINERS),
    "agent.explanation": EXAMINERS,
    "agent.document_view": EXAMINERS,
    "company.explanation": COMPANY,
    "agent.review": {"reviewer"},
    "agent.asking": {"reviewer"},
    "agent.write": {"reviewer"},
    "agent.proposal": {"reviewer"},
    "agent.line_proposal": {"reviewer"},
    "agent.concurrence": {"reviewer"},
    "agent.objection": {"reviewer"},
    "agent.decision": {"authorising_officer"},
    "agent.sending_back": {"authorising_officer"},
    "agent.alerts": {"reviewer"},
    **{
        f"agent.{name}": {"reviewer"}
        for name in ("bulk_acts", "choose_claims", "bulk_act", "abandon_bulk", "bulk_table")
    },
    "agent.see": EXAMINERS,
    **dict.fromkeys(
        (
            "agent.lane",
            "agent.lane_table",
            "agent.appeals_table",
            "agent.reasons_table",
            "agent.revocations_table",
        ),
        EXAMINERS,
    ),
    "agent.lane_exit": {"reviewer"},
    **dict.fromkeys(("agent.queue_table", "agent.lines_table"), EXAMINERS),
    **dict.fromkeys(("agent.filed_list", "agent.decided_list"), EXAMINERS),
    "agent.alerts_table": {"reviewer"},
    "agent.controls_table": EXAMINERS | ACCOUNTING,
    "agent.changes_table": EXAMINERS | KEEPER,
    "agent.ends_table": KEEPER,
    "agent.payments_table": ACCOUNTING,
    "agent.controls": EXAMINERS | ACCOUNTING,
    "agent.changes": EXAMINERS | KEEPER,
    **dict.fromkeys(("agent.registry", "agent.solution", "agent.labels", "agent.label"), EXAMINERS | KEEPER),
    "agent.new_solution": KEEPER,
    "agent.new_alias": KEEPER,
    "agent.alias_removal": KEEPER,
    "agent.label_choice": KEEPER,
    "agent.new_certification": KEEPER,
    "agent.certification_event": KEEPER,
    "agent.fact_correction": KEEPER,
    "agent.fact_annulment": KEEPER,
    "agent.new_label": KEEPER,
    "agent.label_version": KEEPER,
    "agent.ends": KEEPER,
    "agent.supplier_address": KEEPER,
    "agent.imports": KEEPER,
    "agent.imports_table": KEEPER,
    "agent.new_import": KEEPER,
    "agent.one_import": KEEPER,
    "agent.apply_import": KEEPER,
    "agent.abandon_import": KEEPER,
    "agent.import_again": KEEPER,
    "agent.import_rows": KEEPER,
    "agent.import_form_csv": KEEPER,
    "agent.import_form_xlsx": KEEPER,
    "agent.certifiers": KEEPER,
    "agent.new_certifier": KEEPER,
    "agent.certifier": KEEPER,
    "agent.new_key": KEEPER,
    "agent.key_revocation": KEEPER,
    "agent.payments": ACCOUNTING,
    **dict.fromkeys(("agent.payment_orders", "agent.payment_orders_table"), ACCOUNTING),
    **{f"agent.{name}": ACCOUNTING for name in BANK},
    **dict.fromkeys(("agent.accounts", "agent.account", "agent.account_proof"), ACCOUNTING),
    **dict.fromkeys(("agent.account_approval", "agent.account_refusal"), ACCOUNTING),
    "agent.new_batch": ACCOUNTING,
    **{f"agent.{name}": ACCOUNTING for name in LEDGER},
    "agent.batch_file": ACCOUNTING,
    **{f"agent.{name}": ACCOUNTING for name in BATCH_ACTS},
    "admin.journal": {"administrator"},
    "agent.assign": EXAMINERS,
    **{
        f"agent.{name}": {"administrator"}
        for name in ("assignments", "new_rule", "rule", "rule_removal", "coverage")
    },
    "letters.index": {"administrator"},
    "letters.template": {"administrator"},
    "letters.version": {"administrator"},
    "letters.version_pdf": {"administrator"},
    **{
        f"agent.{name}": {"administrator"}
        for name in ("sign_ups", "one_sign_up", "identity_check", "letter_return")
    },
    "api_pages.page": {PUBLIC},
    "api_pages.description": {PUBLIC},
}
"""Written here a second time, on purpose: whoever opens an address to one more role must say so twice."""

MACHINES: dict[str, set[str]] = {
    "api.put_certification": {"certifications:write"},
    "api.put_event": {"events:write"},
    "api.get_certification": {"read"},
    "api.list_certifications": {"read"},
}
"""What no person opens, whatever their roles: a certifier's key does (tests/web/api)."""

FILERS_ONLY = {
    "company.undue_reply",
    "company.undue_plan",
    "company.appeal_filing",
    "company.appeal_withdrawal",
    "company.new_claim",
    "company.new_simulated",
    "company.invoices",
    "company.remove",
    "company.invoice_lines",
    "company.invoice_total",
    "company.paper_invoice",
    "company.paper_page",
    "company.paper_removal",
    "company.lines",
    "company.save_draft",
    "company.documents",
    "company.join",
    "company.remove_joined",
    "company.review",
    "company.abandon_claim",
    *FOLLOWING,
    *OWNERS_ONLY,
    *TABLES,
}
"""Of a company's pages, those a reader (who may look and not act) is kept out of."""
