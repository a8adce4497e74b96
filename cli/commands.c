/* cli/commands.c - the table of commands. */
#include <cli/commands.h>
#include <cli/serve.h>

const struct cli_command cli_commands[] = {
    {"serve", NULL, "serve MCP and REST over HTTP",
     "Runs until SIGTERM or SIGINT (finishes calls, exit 0; a second signal stops at once). "
     "SIGHUP\n"
     "reopens the log. Every option can also come from the environment where its name is shown.",
     cli_serve_options, 0, 0, cli_serve_run, NULL},
    {"stdio", NULL, "serve MCP on standard input and output",
     "For MCP clients that start their servers. Who starts it may read: scope read.",
     cli_stdio_options, 0, 0, cli_stdio_run, NULL},
    {"call", "[TOOL [NAME=VALUE ...]]", "run a tool here, as the local operator",
     "Without TOOL: list the tools. 'cistern call TOOL --help' shows a tool's arguments.",
     cli_call_options, 0, CLI_ARGUMENTS_MAX, cli_call_run, cli_call_help},
    {"token create", "NAME", "make an access token",
     "The token is the only thing on standard output; it is shown this once.",
     cli_token_create_options, 1, 1, cli_token_create_run, NULL},
    {"token list", NULL, "list the tokens", NULL, cli_token_options, 0, 0, cli_token_list_run,
     NULL},
    {"token revoke", "ID|NAME|HINT", "end a token at once", NULL, cli_token_options, 1, 1,
     cli_token_revoke_run, NULL},
    {"connection add", "NAME", "watch a service",
     "With --template or --source a running server asks the service for its balance, every 15\n"
     "minutes or as --every says; without, balances are told by hand, import or scripts.",
     cli_connection_add_options, 1, 1, cli_connection_add_run, NULL},
    {"login list", NULL, "list the browsers that are signed in, and links not opened yet", NULL,
     cli_login_list_options, 0, 0, cli_login_list_run, NULL},
    {"login revoke", "ID|all", "sign a browser out, or end a link", NULL, cli_login_list_options, 1,
     1, cli_login_revoke_run, NULL},
    {"login", NULL, "make a link that opens the dashboard in a browser, once",
     "The link is the only thing on standard output. It opens within ten minutes and signs that\n"
     "browser in, with a cookie; it lets in whoever opens it first.",
     cli_login_options, 0, 0, cli_login_run, NULL},
    {"connection list", NULL, "list what is watched", NULL, cli_connection_options, 0, 0,
     cli_connection_list_run, NULL},
    {"connection show", "ID|NAME", "show a connection and its pools", NULL, cli_connection_options,
     1, 1, cli_connection_show_run, NULL},
    {"connection edit", "ID|NAME", "change a connection",
     "What is not given stays. The word none clears a value.", cli_connection_edit_options, 1, 1,
     cli_connection_edit_run, NULL},
    {"connection remove", "ID|NAME", "remove a connection and its readings", NULL,
     cli_connection_options, 1, 1, cli_connection_remove_run, NULL},
    {"connection templates", NULL, "list the services whose balance can be asked for",
     "Each a JSON file with its source, in tools/vendors.", cli_templates_options, 0, 0,
     cli_templates_run, NULL},
    {"connection test", "[ID|NAME]", "ask a service once and show what was understood",
     "The source of a connection, or a definition to try. With --record CONNECTION the balance is\n"
     "stored, for a timer. 401 and 403 make the "
     "connection\n"
     "disconnected, no answer and 5xx stale, an answer that is not understood error.",
     cli_connection_test_options, 0, 1, cli_connection_test_run, NULL},
    {"reading add", "CONNECTION CREDIT_TYPE BALANCE", "record a balance",
     "Safe to repeat: one reading per credit type and time. BALANCE none: the vendor did not say.",
     cli_reading_add_options, 3, 3, cli_reading_add_run, NULL},
    {"pool list", NULL, "list the pools: what is left, and for how long", NULL,
     cli_pool_list_options, 0, 0, cli_pool_list_run, NULL},
    {"pool history", "ID|NAME", "draw a connection's balances over time",
     "A line per pool: the newest balance of each part of the time, a space where none is known.",
     cli_pool_history_options, 1, 1, cli_pool_history_run, NULL},
    {"webhook add", "NAME", "send alerts to a URL",
     "The URL is read from standard input, since it is a secret. What is printed on standard\n"
     "output is the secret that signs (Standard Webhooks); it is shown this once. Slack's own\n"
     "webhooks are known by their URL.",
     cli_webhook_add_options, 1, 1, cli_webhook_add_run, NULL},
    {"webhook list", NULL, "list the webhooks", NULL, cli_webhook_options, 0, 0,
     cli_webhook_list_run, NULL},
    {"webhook edit", "ID|NAME", "change one, and send to it again",
     "What is not given stays. Any edit but --off ends a pause; what has waited is sent then.",
     cli_webhook_edit_options, 1, 1, cli_webhook_edit_run, NULL},
    {"webhook rotate", "ID|NAME", "make a new signing secret",
     "It is the only thing on standard output. Until the overlap is over both secrets sign.",
     cli_webhook_rotate_options, 1, 1, cli_webhook_rotate_run, NULL},
    {"webhook test", "ID|NAME", "send an invented alert and wait for the answer",
     "A running server sends it, so that the test shows what it can reach. Tried once.",
     cli_webhook_options, 1, 1, cli_webhook_test_run, NULL},
    {"webhook log", "[ID|NAME]", "list what was sent, or waits to be", NULL,
     cli_webhook_log_options, 0, 1, cli_webhook_log_run, NULL},
    {"webhook replay", "DELIVERY", "send a delivery again", "With the id that it had.",
     cli_webhook_options, 1, 1, cli_webhook_replay_run, NULL},
    {"webhook remove", "ID|NAME", "remove one and its secrets", NULL, cli_webhook_options, 1, 1,
     cli_webhook_remove_run, NULL},
    {"mail test", "ADDRESS", "write to an address, and say what the mail server said",
     "From here, not by a running server. Exits with 1 when it is refused for good, 75 when for "
     "now.",
     cli_mail_test_options, 1, 1, cli_mail_test_run, NULL},
    {"alert list", NULL, "list the alerts that were raised", NULL, cli_alert_list_options, 0, 0,
     cli_alert_list_run, NULL},
    {"plan add", "ID", "add a plan: what a subscription may use in a month", NULL,
     cli_plan_add_options, 1, 1, cli_plan_add_run, NULL},
    {"plan list", NULL, "list the plans", NULL, cli_plan_options, 0, 0, cli_plan_list_run, NULL},
    {"plan edit", "ID", "change a plan; its subscriptions have the new allowance at once",
     "What is not given stays.", cli_plan_edit_options, 1, 1, cli_plan_edit_run, NULL},
    {"plan remove", "ID", "remove a plan that no subscription is on", NULL, cli_plan_options, 1, 1,
     cli_plan_remove_run, NULL},
    {"subscription add", "APP", "add an app that is on a plan", "Its id is in what is printed.",
     cli_subscription_add_options, 1, 1, cli_subscription_add_run, NULL},
    {"subscription list", NULL, "list the subscriptions", NULL, cli_subscription_options, 0, 0,
     cli_subscription_list_run, NULL},
    {"subscription show", "ID|APP", "show one", NULL, cli_subscription_options, 1, 1,
     cli_subscription_show_run, NULL},
    {"subscription edit", "ID|APP", "change one", "What is not given stays.",
     cli_subscription_edit_options, 1, 1, cli_subscription_edit_run, NULL},
    {"subscription remove", "ID|APP", "remove one and all that was counted for it", NULL,
     cli_subscription_options, 1, 1, cli_subscription_remove_run, NULL},
    {"usage add", "ID|APP http|socks|inbound", "count requests and bytes of a subscription", NULL,
     cli_usage_add_options, 2, 2, cli_usage_add_run, NULL},
    {"usage import", "FILE", "count the events of a CSV or JSON-lines file, once",
     "FILE - is standard input. CSV has a header with any of the columns subscription, type "
     "(http,\n"
     "socks, inbound), requests (default 1), bandwidth_bytes (0), at (now), id; an empty cell is\n"
     "absent. JSON lines have these members. The whole file is checked before anything counts; "
     "then\n"
     "how far it was counted is kept with the counts: a run that was interrupted goes on there, a\n"
     "file that was counted counts no more. It is known by its bytes (and --subscription): rows\n"
     "added to it later count it again, unless they have an id.",
     cli_usage_import_options, 1, 1, cli_usage_import_run, NULL},
    {"usage ingest", "LOG", "follow an access log and count its requests",
     "Begins where it ended last, at first at the log's begin, and runs until SIGTERM or SIGINT. "
     "Each\n"
     "line counts once: how far the log was read is kept with what was counted, also across kill "
     "-9\n"
     "and rotation, by renaming or copying, as long as what was rotated lies beside the log and "
     "is\n"
     "not compressed. A line belongs to the subscription that --by or --match finds in it, by its "
     "id\n"
     "or the name of its app, or as --map says; else to --subscription, if given.",
     cli_usage_ingest_options, 1, 1, cli_usage_ingest_run, NULL},
    {"usage show", "ID|APP", "what a subscription has used, month by month",
     "The percentages are of the plan's monthly allowance; months are those of UTC.",
     cli_usage_show_options, 1, 1, cli_usage_show_run, NULL},
    {"user add", "EMAIL", "make an account for a person",
     "The password is read from standard input, or asked for at a terminal. The account begins as\n"
     "one that registers itself, with --welcome-credits in the ledger; an operator's with nothing.",
     cli_user_add_options, 1, 1, cli_user_add_run, NULL},
    {"user list", NULL, "list the users", NULL, cli_user_options, 0, 0, cli_user_list_run, NULL},
    {"user password", "EMAIL", "give a user a new password",
     "It is read from standard input, or asked for at a terminal. Whoever is signed in as them is\n"
     "not any more.",
     cli_user_options, 1, 1, cli_user_password_run, NULL},
    {"user remove", "EMAIL", "delete an account",
     "Nothing says any more who it was; sessions, tokens and webhooks end.", cli_user_options, 1, 1,
     cli_user_remove_run, NULL},
    {"ledger list", "ACCOUNT", "an account's balance and its entries, newest first",
     "An account is a number; 1 is whose data the command line works with.",
     cli_ledger_list_options, 1, 1, cli_ledger_list_run, NULL},
    {"ledger grant", "ACCOUNT CREDITS", "give credits to an account",
     "1,000,000 credits are a dollar. With --key the same command again grants nothing more.",
     cli_ledger_grant_options, 2, 2, cli_ledger_grant_run, NULL},
    {"ledger verify", NULL, "prove that every balance is the sum of its entries",
     "Also that no entry was changed, dropped or moved: each one's hash covers the one before.\n"
     "Says which entry is wrong, and exits with 1. Also while a server runs.",
     cli_ledger_options, 0, 0, cli_ledger_verify_run, NULL},
    {"order list", NULL, "list the orders of packages, newest first", NULL, cli_order_list_options,
     0, 0, cli_order_list_run, NULL},
    {"order approve", "ID", "an order was paid: give its credits to the account",
     "Once: the same again changes nothing.", cli_order_options, 1, 1, cli_order_approve_run, NULL},
    {"order reject", "ID", "end an order without credits", NULL, cli_order_options, 1, 1,
     cli_order_reject_run, NULL},
    {"import", "FILE", "connections and readings from a JSON file",
     "FILE - is standard input. Connections are matched by name; repeating an import changes\n"
     "nothing. The format: {\"connections\":[{\"name\",\"tool\":{\"name\",\"id\",\"topupUrl\"},\n"
     "\"thresholds\":{\"low\",\"critical\"},\"status\",\"readings\":[{\"creditType\",\"balance\",\n"
     "\"label\",\"unit\",\"balanceLimit\",\"recordedAt\"}]}]}. Of a connection only name and tool\n"
     "are needed, of a reading creditType and balance.",
     cli_import_options, 1, 1, cli_import_run, NULL},
    {"demo", NULL, "fill an empty store with invented connections", NULL, cli_demo_options, 0, 0,
     cli_demo_run, NULL},
    {"verify", NULL, "read and check every row of the store", "Also while a server runs.",
     cli_maintain_options, 0, 0, cli_verify_run, NULL},
    {"backup", "DIR", "copy the store into a new directory",
     "With secret.key, which opens its secrets. Also while a server runs.", cli_maintain_options, 1,
     1, cli_backup_run, NULL},
    {"config print", NULL, "show what serve would use, and where it comes from",
     "Takes the options of serve. A configuration file has a line \"name = value\" for each "
     "option\n"
     "whose help names a variable, and comment lines that begin with #; a yes-or-no option is yes\n"
     "or no. Flags win over the environment, the environment over the file.",
     cli_serve_options, 0, 0, cli_config_print_run, NULL},
    {"config check", NULL, "say whether serve would start with it",
     "Takes the options of serve. Looks at every option and at the files that they name; opens no\n"
     "store and no port.",
     cli_serve_options, 0, 0, cli_config_check_run, NULL},
    {"schema check", "SCHEMA [INSTANCE]", "check a JSON file against a JSON Schema (2020-12)",
     "Prints valid, or where, which rule and why not, and exits with 1. INSTANCE - or none is\n"
     "standard input. An unusable schema exits with 64. Nothing is fetched: what $ref leads to "
     "and\nis not in the schema is given with --document.",
     cli_schema_options, 1, 2, cli_schema_check_run, NULL},
    {0},
};
