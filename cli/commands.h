/* cli/commands.h - every command, and the table of them. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <cli/options.h>

/* Ends with a row without name. */
extern const struct cli_command cli_commands[];

enum cli_exit cli_serve_run(struct cli *cli);
enum cli_exit cli_stdio_run(struct cli *cli);
enum cli_exit cli_call_run(struct cli *cli);
enum cli_exit cli_call_help(struct cli *cli);
enum cli_exit cli_token_create_run(struct cli *cli);
enum cli_exit cli_token_list_run(struct cli *cli);
enum cli_exit cli_token_revoke_run(struct cli *cli);
enum cli_exit cli_login_run(struct cli *cli);
enum cli_exit cli_login_list_run(struct cli *cli);
enum cli_exit cli_login_revoke_run(struct cli *cli);
enum cli_exit cli_connection_add_run(struct cli *cli);
enum cli_exit cli_connection_list_run(struct cli *cli);
enum cli_exit cli_connection_show_run(struct cli *cli);
enum cli_exit cli_connection_edit_run(struct cli *cli);
enum cli_exit cli_connection_remove_run(struct cli *cli);
enum cli_exit cli_templates_run(struct cli *cli);
enum cli_exit cli_connection_test_run(struct cli *cli);
enum cli_exit cli_reading_add_run(struct cli *cli);
enum cli_exit cli_pool_list_run(struct cli *cli);
enum cli_exit cli_pool_history_run(struct cli *cli);
enum cli_exit cli_webhook_add_run(struct cli *cli);
enum cli_exit cli_webhook_list_run(struct cli *cli);
enum cli_exit cli_webhook_edit_run(struct cli *cli);
enum cli_exit cli_webhook_rotate_run(struct cli *cli);
enum cli_exit cli_webhook_remove_run(struct cli *cli);
enum cli_exit cli_webhook_test_run(struct cli *cli);
enum cli_exit cli_webhook_log_run(struct cli *cli);
enum cli_exit cli_webhook_replay_run(struct cli *cli);
enum cli_exit cli_alert_list_run(struct cli *cli);
enum cli_exit cli_mail_test_run(struct cli *cli);
enum cli_exit cli_plan_add_run(struct cli *cli);
enum cli_exit cli_plan_list_run(struct cli *cli);
enum cli_exit cli_plan_edit_run(struct cli *cli);
enum cli_exit cli_plan_remove_run(struct cli *cli);
enum cli_exit cli_subscription_add_run(struct cli *cli);
enum cli_exit cli_subscription_list_run(struct cli *cli);
enum cli_exit cli_subscription_show_run(struct cli *cli);
enum cli_exit cli_subscription_edit_run(struct cli *cli);
enum cli_exit cli_subscription_remove_run(struct cli *cli);
enum cli_exit cli_usage_add_run(struct cli *cli);
enum cli_exit cli_usage_import_run(struct cli *cli);
enum cli_exit cli_usage_ingest_run(struct cli *cli);
enum cli_exit cli_usage_show_run(struct cli *cli);
enum cli_exit cli_user_add_run(struct cli *cli);
enum cli_exit cli_user_list_run(struct cli *cli);
enum cli_exit cli_user_password_run(struct cli *cli);
enum cli_exit cli_user_remove_run(struct cli *cli);
enum cli_exit cli_order_list_run(struct cli *cli);
enum cli_exit cli_order_approve_run(struct cli *cli);
enum cli_exit cli_order_reject_run(struct cli *cli);
enum cli_exit cli_ledger_list_run(struct cli *cli);
enum cli_exit cli_ledger_grant_run(struct cli *cli);
enum cli_exit cli_ledger_verify_run(struct cli *cli);
enum cli_exit cli_import_run(struct cli *cli);
enum cli_exit cli_demo_run(struct cli *cli);
enum cli_exit cli_verify_run(struct cli *cli);
enum cli_exit cli_backup_run(struct cli *cli);
enum cli_exit cli_config_print_run(struct cli *cli);
enum cli_exit cli_config_check_run(struct cli *cli);
enum cli_exit cli_schema_check_run(struct cli *cli);

/* --print-openapi: the document that `serve` answers at /openapi.json, without a store. */
enum cli_exit cli_print_openapi(struct cli *cli);

/* Their option tables, each beside its command. */
extern const struct cli_option cli_stdio_options[];
extern const struct cli_option cli_call_options[];
extern const struct cli_option cli_token_create_options[];
extern const struct cli_option cli_token_options[];
extern const struct cli_option cli_login_options[];
extern const struct cli_option cli_login_list_options[];
extern const struct cli_option cli_connection_options[];
extern const struct cli_option cli_connection_add_options[];
extern const struct cli_option cli_connection_edit_options[];
extern const struct cli_option cli_templates_options[];
extern const struct cli_option cli_connection_test_options[];
extern const struct cli_option cli_reading_add_options[];
extern const struct cli_option cli_pool_list_options[];
extern const struct cli_option cli_pool_history_options[];
extern const struct cli_option cli_webhook_options[];
extern const struct cli_option cli_webhook_add_options[];
extern const struct cli_option cli_webhook_edit_options[];
extern const struct cli_option cli_webhook_rotate_options[];
extern const struct cli_option cli_webhook_log_options[];
extern const struct cli_option cli_alert_list_options[];
extern const struct cli_option cli_mail_test_options[];
extern const struct cli_option cli_plan_options[];
extern const struct cli_option cli_plan_add_options[];
extern const struct cli_option cli_plan_edit_options[];
extern const struct cli_option cli_subscription_options[];
extern const struct cli_option cli_subscription_add_options[];
extern const struct cli_option cli_subscription_edit_options[];
extern const struct cli_option cli_usage_add_options[];
extern const struct cli_option cli_usage_import_options[];
extern const struct cli_option cli_usage_ingest_options[];
extern const struct cli_option cli_usage_show_options[];
extern const struct cli_option cli_user_options[];
extern const struct cli_option cli_user_add_options[];
extern const struct cli_option cli_order_options[];
extern const struct cli_option cli_order_list_options[];
extern const struct cli_option cli_ledger_options[];
extern const struct cli_option cli_ledger_list_options[];
extern const struct cli_option cli_ledger_grant_options[];
extern const struct cli_option cli_import_options[];
extern const struct cli_option cli_demo_options[];
extern const struct cli_option cli_maintain_options[];
extern const struct cli_option cli_schema_options[];

#endif
