/* tools/stripe.h - Stripe as a struct payment_provider: what is sent, and what signatures are
 * worth. Pure.
 *
 * An order is a Checkout Session (POST /v1/checkout/sessions,
 * docs.stripe.com/api/checkout/sessions) whose client_reference_id is the order's id, which is the
 * Idempotency-Key, too: asked twice, Stripe makes one. Reports are Stripe's events
 * (docs.stripe.com/webhooks). */
#ifndef CISTERN_TOOLS_STRIPE_H
#define CISTERN_TOOLS_STRIPE_H

#include <mcp/buf.h>
#include <tools/payment.h>

/* The version of the API that requests are written for. */
#define STRIPE_API_VERSION "2024-06-20"

enum { STRIPE_TOLERANCE_S = 300 };

/* "name=value" of application/x-www-form-urlencoded, behind an & where something is there. */
void stripe_form_add(struct mcp_buf *out, const char *name, mcp_str value);

/* The header Stripe-Signature ("t=SECONDS,v1=HEX,..."): one of its v1 is the HMAC-SHA256 of
 * "SECONDS.body" by one of `secrets` (empty: none), and its time is within STRIPE_TOLERANCE_S of
 * now. Takes the same time wherever a signature is wrong. Any bytes. */
bool stripe_is_signed(const char secrets[PAYMENT_SECRETS_MAX][PAYMENT_SECRET_MAX + 1],
                      mcp_str header, mcp_str body, int64_t now_s);

#endif
