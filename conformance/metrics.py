"""metrics.py CISTERN - /metrics and the logs of a real server, read as their readers do.

The text is parsed by prometheus_client's own parser; its values are those that REST answers. Every line
of the log is JSON, says which request and trace it was, and holds no secret.
"""
import json, os, re, subprocess, sys, tempfile, urllib.error, urllib.request

from prometheus_client.parser import text_string_to_metric_families

TRACE = '0af7651916cd43dd8448eb211c80319c'
HOSTILE = 'Ho"st\\ile {a="b"} \U0001f4a7'
passed = failed = 0


def check(name, is_so, seen=''):
    global passed, failed
    if is_so:
        passed += 1
    else:
        failed += 1
        print(f'---- {name}: {str(seen)[:600]}')


class Server:
    def __init__(self, binary, home):
        self.binary, self.home = binary, home
        self.env = {'PATH': os.environ['PATH'], 'CISTERN_DATA': home + '/store', 'HOME': home, 'LC_ALL': 'C.UTF-8'}

    def cli(self, *words, stdin=None):
        done = subprocess.run([self.binary, *words], env=self.env, input=stdin, capture_output=True, text=True,
                              timeout=60)
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout.strip()

    def start(self):
        ready, told = os.pipe()
        self.log = open(self.home + '/log', 'w')
        self.process = subprocess.Popen(
            [self.binary, 'serve', '--listen', '127.0.0.1:0', '--ready-fd', str(told), '--access-log',
             '--log-format', 'json', '--log-level', 'debug'],
            env=self.env, pass_fds=[told], stderr=self.log)
        os.close(told)
        with os.fdopen(ready) as line:
            self.base = 'http://' + line.readline().strip()

    def stop(self):
        self.process.terminate()
        self.log.close()
        return self.process.wait(timeout=30)

    def ask(self, path, token=None, method='GET', headers={}):
        auth = {'Authorization': 'Bearer ' + token} if token else {}
        request = urllib.request.Request(self.base + path, method=method, headers={**auth, **headers})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode(), answer.headers


def scrape(server, token):
    status, text, headers = server.ask('/metrics', token)
    check('/metrics is text 0.0.4', status == 200 and headers['Content-Type'].startswith('text/plain; version=0.0.4'),
          (status, headers))
    samples = {}
    for family in text_string_to_metric_families(text):
        check(f'{family.name} is described', family.documentation and family.type != 'unknown', family)
        for s in family.samples:
            key = (s.name, tuple(sorted(s.labels.items())))
            check(f'{s.name} is there once', key not in samples, key)
            samples[key] = s.value
    check('a counter ends in _total', not re.search(r'# TYPE \S+(?<!_total) counter', text))
    return samples


def values(samples, name):
    return {dict(labels).get('connection_id', '') + dict(labels).get('credit_type', ''): v
            for (n, labels), v in samples.items() if n == name}


def total(samples, name, **labels):
    return sum(v for (n, have), v in samples.items() if n == name and set(labels.items()) <= set(have))


def check_pools(server, token, samples):
    pools = json.loads(server.ask('/api/v1/pools', token)[1])['pools']
    check('there are pools', len(pools) > 8, pools)
    key = lambda p: p['connectionId'] + (p['creditType'] or '')
    check('balances are those of REST', values(samples, 'cistern_pool_balance') ==
          {key(p): p['balance'] for p in pools if p['balance'] is not None})
    check('days left are those of REST', values(samples, 'cistern_pool_days_left').keys() ==
          {key(p) for p in pools if p['burn']['daysLeft'] is not None})
    statuses = {(dict(labels)['connection_id'] + dict(labels)['credit_type'], dict(labels)['status'])
                for (n, labels), v in samples.items() if n == 'cistern_pool_status' and v == 1}
    check('each pool has its status', statuses == {(key(p), p['status']) for p in pools}, statuses)
    check('a hostile name comes through', any(dict(labels).get('connection') == HOSTILE for _, labels in samples))


def check_counters(before, after):
    for name, more, labels in [('cistern_calls_total', 3, {'tool': 'list_balances', 'outcome': 'OK'}),
                               ('cistern_calls_total', 2, {'tool': 'list_balances', 'outcome': 'FORBIDDEN'}),
                               ('cistern_call_seconds_count', 5, {'tool': 'list_balances'}),
                               ('cistern_http_answers_total', 6, {'class': '4xx'})]:
        grown = total(after, name, **labels) - total(before, name, **labels)
        check(f'{name}{labels} has grown by {more}', grown == more, grown)
    for name in {n[:-7] for n, _ in after if n.endswith('_bucket')}:
        for labels in {tuple(kv for kv in have if kv[0] != 'le') for n, have in after if n == name + '_bucket'}:
            steps = sorted((float(dict(have)['le']), v) for (n, have), v in after.items()
                           if n == name + '_bucket' and set(labels) <= set(have))
            counts = [v for _, v in steps]
            check(f'{name}{labels} is a histogram', counts == sorted(counts) and steps[-1][0] == float('inf') and
                  counts[-1] == total(after, name + '_count', **dict(labels)), steps)


def check_log(path, secrets):
    text = open(path).read()
    lines = [json.loads(line) for line in text.splitlines()]
    access = [l for l in lines if l['message'] == 'access']
    check('every answer has its line', len(access) >= 8 and all(
        {'peer', 'method', 'path', 'status', 'ms', 'req'} <= l.keys() for l in access), access)
    check('serials differ', len({l['req'] for l in access}) == len(access))
    traced = [l for l in lines if l.get('trace') == TRACE]
    check('the call and the answer say the trace, and the same request', len(traced) == 2 and
          len({l['req'] for l in traced}) == 1, traced)
    check('a query is not logged', 'hidden-in-the-query' not in text)
    for secret in secrets:
        check('no secret is logged', secret not in text)
    check('nothing looks like one', not re.search(r'qc_live_[0-9A-Za-z]{20}|whsec_|Bearer \S', text))


def main():
    with tempfile.TemporaryDirectory() as home:
        server = Server(os.path.abspath(sys.argv[1]), home)
        server.cli('demo')
        server.cli('connection', 'add', HOSTILE, '--tool', HOSTILE)
        server.cli('reading', 'add', HOSTILE, 'c', '5')
        token = server.cli('token', 'create', 'reader')
        other = server.cli('token', 'create', 'pusher', '--scope', 'write')
        hook = json.loads(server.cli('webhook', 'add', 'hook', '--json', stdin='https://hooks.example/x\n'))
        server.start()
        try:
            before = scrape(server, token)
            check_pools(server, token, before)
            server.ask('/api/v1/pools?status=hidden-in-the-query', 'qc_live_' + 'x' * 36)
            server.ask('/api/v1/pools', other, headers={'traceparent': f'00-{TRACE}-b7ad6b7169203331-01'})
            check('without a credential: 401', server.ask('/metrics')[0] == 401)
            check('without the scope read: 403', server.ask('/metrics', other)[0] == 403)
            check('POST: 405', server.ask('/metrics', token, 'POST')[0] == 405)
            check('below it: 404', server.ask('/metrics/x', token)[0] == 404)
            check('HEAD: no body', server.ask('/metrics', token, 'HEAD')[1] == '')
            after = scrape(server, token)
            return_code = server.stop()
        finally:
            server.process.kill()
        check('it stops', return_code == 0, return_code)
        check_log(home + '/log', [token, other, hook['secret']])
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


sys.exit(main())
