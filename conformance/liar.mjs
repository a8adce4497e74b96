// liar.mjs - the control: passes everything on but for one balance, which it raises by one. A test
// that stays green behind it compares nothing.
//   import { startLiar } from './liar.mjs'      a reverse proxy in front of an HTTP server
//   node liar.mjs COMMAND ARGUMENT...           the same around a stdio server
import { spawn } from 'node:child_process';
import http from 'node:http';
import { fileURLToPath } from 'node:url';

// The first balance of a message, also inside a text block, where its quotes are escaped.
export function lie(text) {
    return text.replace(/(\\?"balance\\?":)(-?[0-9]+)/g, (_, name, digits) => `${name}${Number(digits) + 1}`);
}

export async function startLiar(target) {
    const server = http.createServer((request, response) => {
        const onward = http.request(
            `${target}${request.url}`,
            { method: request.method, headers: request.headers },
            (answer) => relay(answer, response),
        );
        onward.on('error', () => response.destroy());
        response.on('close', () => onward.destroy());
        request.pipe(onward);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        stop() {
            server.closeAllConnections();
            server.close();
        },
    };
}

// Whole lines at a time, so that no number is cut in two.
function relay(answer, response) {
    const headers = { ...answer.headers };
    delete headers['content-length'];
    delete headers['transfer-encoding'];
    response.writeHead(answer.statusCode, headers);
    response.flushHeaders();
    let rest = '';
    answer.setEncoding('utf8');
    answer.on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        if (lines.length) {
            response.write(`${lines.map(lie).join('\n')}\n`);
        }
    });
    answer.on('end', () => response.end(lie(rest)));
    answer.on('error', () => response.destroy());
}

function stdio([command, ...args]) {
    const child = spawn(command, args, { stdio: ['inherit', 'pipe', 'inherit'] });
    let rest = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        lines.forEach((line) => process.stdout.write(`${lie(line)}\n`));
    });
    child.on('exit', (status) => process.exit(status ?? 70));
    process.on('SIGTERM', () => child.kill('SIGTERM'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    stdio(process.argv.slice(2));
}
