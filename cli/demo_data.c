/* cli/demo_data.c - the invented connections; between them they show all seven statuses. */
#include <cli/demo_data.h>

#define MICRO 1000000LL

const struct cli_demo_pool cli_demo_pools[] = {
    {"Hunter", "hunter", "https://hunter.io/billing", "active", "100", "10", "verifications",
     "Verifications", "credits", 1000 * MICRO, 620 * MICRO, 52 * MICRO, 0, 0},
    {"Hunter", "hunter", "https://hunter.io/billing", "active", "100", "10", "searches", "Searches",
     "credits", 500 * MICRO, 310 * MICRO, 9 * MICRO, 0, 0},
    {"OpenRouter", "openrouter", "https://openrouter.ai/credits", "active", "10", "2", "credits",
     "Credits", "USD", 50 * MICRO, 4050000, 1350000, 0, 0},
    {"OpenAI", "openai", "https://platform.openai.com/settings/organization/billing", "active",
     "20", "5", "prepaid", "Prepaid balance", "USD", 0, 61200000, 7400000, 3, 100 * MICRO},
    {"Twilio", "twilio", "https://console.twilio.com/billing", "active", "20", "5", "balance",
     "Balance", "USD", 0, 1120000, 3100000, 0, 0},
    {"DeepL", "deepl", "https://www.deepl.com/account/plan", "active", "50000", "5000",
     "characters", "Characters", "characters", 500000 * MICRO, 41200 * MICRO, 18350 * MICRO, 0, 0},
    {"SendGrid", "sendgrid", "https://app.sendgrid.com/account/billing", "active", "4000", "400",
     "emails", "E-mails", "e-mails", 40000 * MICRO, 0, 1720 * MICRO, 0, 0},
    {"Mapbox", "mapbox", "https://account.mapbox.com", "stale", "5000", "500", "requests",
     "Map loads", "requests", 50000 * MICRO, 22840 * MICRO, 1190 * MICRO, 0, 0},
    {"Apollo", "apollo", "https://app.apollo.io/#/settings/credits", "error", "200", "20",
     "exports", "Export credits", "credits", 2000 * MICRO, 870 * MICRO, 40 * MICRO, 0, 0},
    {"Clearbit", "clearbit", "https://dashboard.clearbit.com/billing", "disconnected", NULL, NULL,
     "lookups", "Look-ups", "credits", 2500 * MICRO, 1460 * MICRO, 75 * MICRO, 0, 0},
    {"Firecrawl", "firecrawl", "https://www.firecrawl.dev/app/billing", "active", "500", "50", NULL,
     NULL, NULL, 0, 0, 0, 0, 0},
    {0},
};
