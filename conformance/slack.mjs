// slack.mjs - does a message keep Slack's documented limits? (docs.slack.dev: Block Kit reference,
// "Formatting message text"). Throws what is wrong.

const limits = { blocks: 50, header: 150, section: 3000, fields: 10, field: 2000, actions: 25, button: 75, url: 3000, text: 40000 };

export function checkSlack(message) {
    must(typeof message.text === 'string' && message.text.length <= limits.text, 'text: at most 40,000 characters');
    checkMarkup(message.text, 'text');
    must(Array.isArray(message.blocks) && message.blocks.length >= 1 && message.blocks.length <= limits.blocks, '1 to 50 blocks');
    message.blocks.forEach((block, i) => checkBlock(block, `blocks[${i}]`));
    only(message, ['text', 'blocks'], 'message');
}

const kinds = {
    header(block, at) {
        only(block, ['type', 'text'], at);
        plain(block.text, limits.header, `${at}.text`);
    },
    section(block, at) {
        only(block, ['type', 'text', 'fields'], at);
        must(block.text || block.fields, `${at}: text or fields`);
        if (block.text) {
            text(block.text, limits.section, `${at}.text`);
        }
        must((block.fields ?? []).length <= limits.fields, `${at}: at most 10 fields`);
        (block.fields ?? []).forEach((field, i) => text(field, limits.field, `${at}.fields[${i}]`));
    },
    actions(block, at) {
        only(block, ['type', 'elements'], at);
        must(block.elements.length >= 1 && block.elements.length <= limits.actions, `${at}: 1 to 25 elements`);
        block.elements.forEach((element, i) => button(element, `${at}.elements[${i}]`));
    },
};

function checkBlock(block, at) {
    must(Object.hasOwn(kinds, block.type), `${at}: no block of type ${block.type}`);
    kinds[block.type](block, at);
}

function button(element, at) {
    only(element, ['type', 'text', 'url', 'action_id'], at);
    must(element.type === 'button', `${at}: a button`);
    plain(element.text, limits.button, `${at}.text`);
    must(element.url.length <= limits.url && /^https?:$/.test(new URL(element.url).protocol), `${at}: a URL of 3,000 characters`);
}

function plain(object, most, at) {
    must(object.type === 'plain_text', `${at}: plain_text`);
    must(object.text.length >= 1 && object.text.length <= most, `${at}: 1 to ${most} characters`);
}

function text(object, most, at) {
    if (object.type === 'plain_text') {
        plain(object, most, at);
        return;
    }
    must(object.type === 'mrkdwn', `${at}: plain_text or mrkdwn`);
    must(object.text.length >= 1 && object.text.length <= most, `${at}: 1 to ${most} characters`);
    checkMarkup(object.text, at);
}

// What stands in a name must not become a mention or a link: & < > are escaped.
function checkMarkup(string, at) {
    must(!/[<>]/.test(string), `${at}: an unescaped angle bracket`);
    must(!/&(?!amp;|lt;|gt;)/.test(string), `${at}: an unescaped ampersand`);
}

function only(object, names, at) {
    for (const name of Object.keys(object)) {
        must(names.includes(name), `${at}: unknown member ${name}`);
    }
}

function must(condition, why) {
    if (!condition) {
        throw new Error(`Slack: ${why}`);
    }
}
