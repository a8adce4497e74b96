// stdio_lies.mjs - every lie: those about everything, and those of the files beside.
import { words, messages, onError, probes, refusal, answersAll } from './stdio_lie.mjs';
import { lies as bytes } from './stdio_lies_bytes.mjs';
import { lies as calls } from './stdio_lies_calls.mjs';
import { lies as extensions } from './stdio_lies_extensions.mjs';
import { lies as modern } from './stdio_lies_modern.mjs';

export const lies = [
    // ---- About everything ----------------------------------------------------------------------------
    {
        name: 'every refusal is a success',
        only: words(`
            lifecycle negotiation json-rpc batch no-batch tools-call resources
            resource-subscriptions prompts completion logging logging-per-request pages meta
            capabilities eras listen request-state
        `),
        ...onError((json) => ({ jsonrpc: '2.0', id: json.id ?? 0, result: { resultType: 'complete', content: [] } })),
        breaks: words(`
            */refused-* */refuses-* */unknown-* */not-found-* lifecycle/request-before-*
            lifecycle/initialize-twice-* json-rpc/methods-of-* json-rpc/duplicate-* batch/empty-*
            batch/initialize-inside-* batch/a-modern-* batch/invalid-* no-batch/an-array-*
            pages/*refuses-* pages/a-cursor-is-of-its-list meta/unsupported-* meta/no-method-*
            meta/a-batch-* meta/an-unreadable-* capabilities/a-missing-* capabilities/are-*
            eras/modern-requests-* eras/a-failed-* eras/initialize-with-* request-state/of-another-*
        `),
        except: words('meta/unknown-* input-required/unknown-* listen/unknown-* batch/too-many-*'),
    },
    {
        name: 'every result is a refusal',
        line: messages((json, request) =>
            'result' in json && !probes.includes(request?.method) ? refusal(json, -32602) : json,
        ),
        breaks: words(`
            tools-call/text-* tools-call/image tools-call/audio-* tools-call/embedded-*
            tools-call/mixed tools-call/a-failure-* tools-validation/valid-*
            tools-validation/arguments-* resources/list resources/templates resources/read-*
            resource-subscriptions/subscribe-* resource-subscriptions/unsubscri*
            resource-subscriptions/updated-* resource-subscriptions/subscribing-*
            resource-subscriptions/nothing-* list-changes/tools list-changes/prompts prompts/list
            prompts/with* completion/of-* completion/with-a-context logging/set-* logging/messages-*
            logging/lowering-* logging/nothing-* logging-per-request/messages-*
            logging-per-request/nothing-* logging-per-request/the-level-* progress/token-*
            progress/none-* cancellation/others-* cancellation/text-* cancellation/the-id-*
            pages/*-add-up lifecycle/capabilities-* discover/cap* json-rpc/answers-*
            negotiation/offers-* meta/client-info-* meta/unknown-members-* eras/slow-*
            eras/initialize-after-* listen/several-* input-required/elicitation*
            input-required/sampling input-required/roots input-required/several-*
            input-required/some-* input-required/rounds input-required/a-prompt-*
            input-required/a-wrong-* input-required/unknown-* input-required/other-* sampling/asks-*
            sampling/several-* sampling/other-* sampling/a-second-* roots/are-* elicitation/accepted
            elicitation/action-* elicitation/defaults elicitation/rounds elicitation/every-*
            elicitation-by-url/asks-* elicitation-by-url/declined output/a-message-* output/a-slow-*
            process/what-was-* batch-with-calls/slow-* batch-with-calls/a-call-* capabilities/only-*
            capabilities/are-of-*
        `),
        except: words('input-required/*-not-taken pages/*refuses*'),
        // A handshake that declares nothing leaves these out.
    },
    {
        name: 'every error has the code of an internal one',
        only: words(`
            json-rpc tools-call resources prompts completion logging logging-per-request meta pages
            rubbish batch no-batch listen capabilities eras resource-subscriptions negotiation
        `),
        ...onError((json) => ((json.error.code = -32603), json)),
        breaks: words(`
            json-rpc/refuses-* json-rpc/unknown-method tools-call/unknown-tool tools-call/refused-*
            resources/not-found-* resources/refused-* prompts/refused-* completion/refused-*
            logging/refused-* logging-per-request/refused-* meta/refused-cap* meta/unsupported-*
            meta/no-method-* pages/*refuses-* rubbish/a-* rubbish/*-utf-8 rubbish/utf-* rubbish/n*
            rubbish/t* rubbish/half-* rubbish/single-* rubbish/an-http-*
            rubbish/an-overlong-line-is-* rubbish/braces-* rubbish/latin-1 batch/empty-*
            no-batch/an-array-* listen/refused-* capabilities/a-missing-*
            resource-subscriptions/refused-* negotiation/refuses-*
        `),
        except: words('rubbish/nothing'),
    },
    {
        name: 'refuses valid messages',
        only: words('lifecycle negotiation json-rpc batch no-batch roots'),
        line: messages((json, request) =>
            'result' in json && request && (request.method !== 'initialize' || request.params?.future)
                ? refusal(json)
                : json,
        ),
        breaks: words(`
            lifecycle/ping-* negotiation/tolerates-* json-rpc/tolerates-* json-rpc/answers-*
            batch/requests-* batch/one-* batch/mixed-* no-batch/the-next-* batch/initialize-inside-*
            roots/list-changed-*
        `),
    },
    {
        name: 'answers notifications and responses',
        only: words('lifecycle json-rpc batch meta sampling ask-time-out cancellation roots'),
        ...answersAll,
        breaks: words(`
            lifecycle/notification-* lifecycle/initialized-* json-rpc/notifications-*
            json-rpc/stray-* batch/notifications-* batch/responses-* meta/notifications-*
            ask-time-out/a-late-* cancellation/what-is-* lifecycle/wire json-rpc/wire
            cancellation/wire sampling/wire roots/wire batch/wire ask-time-out/wire
        `),
    },
    {
        name: 'says everything twice',
        only: words(`
            tools-call logging logging-per-request progress listen resource-subscriptions
            list-changes elicitation
        `),
        line: (text) => [text, text],
        breaks: words(`
            */wire list-changes/tools list-changes/prompts
            resource-subscriptions/subscribing-twice-* progress/token-* logging/messages-*
            logging-per-request/messages-* listen/one-resource
        `),
    },
    {
        name: 'ends with another status',
        only: words('process tools-call batch'),
        status: () => 3,
        breaks: words(`
            */ends process/ends-* process/half-* process/what-was-* process/sig* process/a-closed-*
            process/the-last-*
        `),
    },
    ...bytes,
    ...calls,
    ...modern,
    ...extensions,
];
