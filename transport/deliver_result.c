/* transport/deliver_result.c - how a transfer ended, in one of eleven words and a sentence. */
#include <transport/deliver_own.h>

#include <mcp/alloc.h>

enum { WORDS_BYTES = 100 }; /* of libcurl's own, behind ours */

void mcp__delivery_end(struct mcp_delivery_work *d, enum mcp_delivery_end end, const char *why)
{
    struct mcp_delivery *r = d->request;

    r->end = end;
    snprintf(r->why, sizeof(r->why), "%s", why);
    if (end != MCP_DELIVERY_ANSWERED) {
        mcp_buf_free(&r->body_in);
        r->status = 0;
        r->retry_after[0] = r->date[0] = '\0';
    }
}

void mcp__delivery_refuse(struct mcp_delivery_work *d, const char *why)
{
    mcp__delivery_end(d, MCP_DELIVERY_REFUSED, "");
    snprintf(d->request->why, sizeof(d->request->why), "refused: %s", why);
}

static void end_late(struct mcp_delivery_work *d)
{
    struct mcp_delivery *r = d->request;
    curl_off_t connected_us = 0;

    mcp__delivery_end(d, MCP_DELIVERY_LATE, "");
    (void)d->client->curl->easy_getinfo(d->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
    if (connected_us > 0) {
        snprintf(r->why, sizeof(r->why), "no complete answer within %.1f s",
                 (double)r->timeout_ms / 1000);
    } else {
        snprintf(r->why, sizeof(r->why), "no connection within %.1f s",
                 (double)r->timeout_ms / 2000);
    }
}

/* What libcurl says of TLS names the host at most; it is cut and cleaned all the same. */
static void end_insecure(struct mcp_delivery_work *d)
{
    char words[WORDS_BYTES];
    size_t n = 0;

    for (; d->words[n] && n + 1 < sizeof(words); n++) {
        words[n] = d->words[n] >= ' ' && d->words[n] <= '~' ? d->words[n] : '?';
    }
    words[n] = '\0';
    mcp__delivery_end(d, MCP_DELIVERY_INSECURE, "");
    snprintf(d->request->why, sizeof(d->request->why), "no trustworthy TLS: %s",
             n ? words : "no agreement");
}

static void end_unconnected(struct mcp_delivery_work *d)
{
    if (d->refusal && !d->has_tried) {
        mcp__delivery_refuse(d, d->refusal);
    } else {
        mcp__delivery_end(d, MCP_DELIVERY_UNREACHABLE, "the host takes no connection");
    }
}

static void end_cut(struct mcp_delivery_work *d)
{
    if (d->head_bytes) {
        mcp__delivery_end(d, MCP_DELIVERY_GARBLED, "the answer ended early");
    } else {
        mcp__delivery_end(d, MCP_DELIVERY_UNREACHABLE, "the host cut the connection");
    }
}

static void end_answered(struct mcp_delivery_work *d)
{
    long status = 0;

    (void)d->client->curl->easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 100 || status > 599) {
        mcp__delivery_end(d, MCP_DELIVERY_GARBLED, "the answer has no status that HTTP knows");
        return;
    }
    if (!d->is_head_whole) { /* which libcurl takes for an answer */
        end_cut(d);
        return;
    }
    d->request->status = (int)status;
    mcp__delivery_end(d, MCP_DELIVERY_ANSWERED, "");
}

static void end_write_error(struct mcp_delivery_work *d)
{
    if (d->is_over) {
        mcp__delivery_end(d, MCP_DELIVERY_TOO_LARGE, "the answer is too large");
    } else if (d->request->body_in.failed) {
        mcp__delivery_end(d, MCP_DELIVERY_FAILED, "out of memory");
    } else {
        mcp__delivery_end(d, MCP_DELIVERY_GARBLED, "the answer cannot be unpacked");
    }
}

static void end_as(struct mcp_delivery_work *d, CURLcode code)
{
    if (d->request->mail && mcp__delivery_mail_end(d, code)) {
        return;
    }
    switch ((int)code) {
    case CURLE_OK:
        end_answered(d);
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
        mcp__delivery_end(d, MCP_DELIVERY_UNRESOLVED, "the host's name has no address");
        break;
    case CURLE_COULDNT_CONNECT:
        end_unconnected(d);
        break;
    case CURLE_ABORTED_BY_CALLBACK:
        mcp__delivery_end(d, MCP_DELIVERY_CANCELLED, "cancelled");
        break;
    case CURLE_OPERATION_TIMEDOUT:
        end_late(d);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
        end_insecure(d);
        break;
    case CURLE_FILESIZE_EXCEEDED:
        d->is_over = true;
        end_write_error(d);
        break;
    case CURLE_WRITE_ERROR:
        end_write_error(d);
        break;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        end_cut(d);
        break;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
        mcp__delivery_end(d, MCP_DELIVERY_GARBLED, "the answer is no HTTP that can be read");
        break;
    case CURLE_URL_MALFORMAT:
        mcp__delivery_refuse(d, "it is not one that every program reads alike");
        break;
    default:
        mcp__delivery_end(d, MCP_DELIVERY_FAILED, "out of memory or descriptors");
    }
}

/* Only what the thread made is the thread's to look at, the table of functions too. */
void mcp__delivery_release(struct mcp_delivery_work *d)
{
    if (d->easy) {
        d->client->curl->easy_cleanup(d->easy);
        d->easy = NULL;
    }
    for (struct curl_slist *h = d->headers; h; h = h->next) {
        explicit_bzero(h->data, strlen(h->data));
    }
    if (d->headers) {
        d->client->curl->slist_free_all(d->headers);
        d->headers = NULL;
    }
}

void mcp__delivery_finish(struct mcp_delivery_work *d, CURLcode code)
{
    curl_off_t took_us = 0;

    (void)d->client->curl->easy_getinfo(d->easy, CURLINFO_TOTAL_TIME_T, &took_us);
    d->request->took_ms = took_us / 1000;
    end_as(d, code);
    mcp__delivery_release(d);
}

void mcp__delivery_free(struct mcp_delivery_work *d)
{
    if (d) {
        mcp__delivery_release(d);
        if (d->url) {
            explicit_bzero(d->url, strlen(d->url));
        }
        mcp_free(d->url);
        mcp_free(d);
    }
}

const char *mcp_delivery_end_name(enum mcp_delivery_end end)
{
    static const char *const NAMES[] = {
        [MCP_DELIVERY_ANSWERED] = "answered",     [MCP_DELIVERY_REFUSED] = "refused",
        [MCP_DELIVERY_UNRESOLVED] = "unresolved", [MCP_DELIVERY_UNREACHABLE] = "unreachable",
        [MCP_DELIVERY_INSECURE] = "insecure",     [MCP_DELIVERY_LATE] = "late",
        [MCP_DELIVERY_TOO_LARGE] = "too large",   [MCP_DELIVERY_GARBLED] = "garbled",
        [MCP_DELIVERY_DENIED] = "denied",         [MCP_DELIVERY_CANCELLED] = "cancelled",
        [MCP_DELIVERY_FAILED] = "failed",
    };

    return (size_t)end < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[end] : "failed";
}
