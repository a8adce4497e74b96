// receiver.mjs - an HTTP server on loopback that keeps what it is sent, and a vendor beside it.
import { createServer } from 'node:http';
import { once } from 'node:events';

// answer(path, request) says { status, headers, body }; nothing: 200. `requests`: { path, headers, body, at }.
export async function startReceiver(answer = () => ({})) {
    const requests = [];
    const server = createServer(async (request, response) => {
        let body = '';
        for await (const bytes of request) {
            body += bytes;
        }
        const kept = { path: request.url, headers: request.headers, body, at: Date.now() };
        const { status = 200, headers = {}, body: said = '' } = answer(request.url, kept) ?? {};
        requests.push(kept);
        response.writeHead(status, headers);
        response.end(said);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        requests,
        of: (path) => requests.filter((request) => request.path === path),
        close: () => (server.closeAllConnections(), server.close()),
    };
}

// Asks again and again until `condition` gives something; what it gave.
export async function until(what, condition, timeoutMs = 15000) {
    const end = Date.now() + timeoutMs;
    for (;;) {
        const value = await condition();
        if (value) {
            return value;
        }
        if (Date.now() > end) {
            throw new Error(`never: ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}
