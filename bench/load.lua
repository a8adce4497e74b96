-- load.lua - one request again and again, from the environment; prints the result as JSON.
--   BENCH_METHOD, BENCH_PATH, BENCH_BODY (text), BENCH_HEADERS ("Name: value" lines)
function request_text()
    local headers = {}
    for name, value in (os.getenv("BENCH_HEADERS") or ""):gmatch("([^:\n]+): ([^\n]*)") do
        headers[name] = value
    end
    local body = os.getenv("BENCH_BODY")
    if body == "" then
        body = nil
    end
    return wrk.format(os.getenv("BENCH_METHOD"), os.getenv("BENCH_PATH"), headers, body)
end

function init()
    text = request_text()
end

function request()
    return text
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,"max_us":%d,"bad_status":%d,"broken":%d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency.max,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
