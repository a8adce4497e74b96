'use strict';
// Drawing: elements, the line on a card, the chart of one pool. Text goes in as text, never as markup.

// h('p', { class: 'soft', onclick }, 'text', element, null): an element; null children are left out.
function h(tag, props, ...children) {
    return fill(document.createElement(tag), props, children);
}

function svg(tag, props, ...children) {
    return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);
}

function fill(element, props, children) {
    for (const [name, value] of Object.entries(props ?? {})) {
        if (typeof value === 'function') {
            element.addEventListener(name.slice(2), value);
        } else if (value !== null && value !== undefined && value !== false) {
            element.setAttribute(name, value === true ? '' : value);
        }
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
    return element;
}

// Somebody else's words: whichever way they are written, they do not turn what is around them.
function words(text, props) {
    return h('bdi', props, text ?? '');
}

// A shape for each status, so that it is told without its colour.
const SHAPES = {
    critical: 'M8 1 15.5 14.5H.5z', low: 'M8 15 .5 4h15z', healthy: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z',
    stale: 'M1 6.5h14v3H1z', error: 'M3.6 1.5 8 5.9l4.4-4.4 2.1 2.1L10.1 8l4.4 4.4-2.1 2.1L8 10.1l-4.4 4.4-2.1-2.1L5.9 8 1.5 3.6z',
    disconnected: 'M1 6.5h5v3H1zm9 0h5v3h-5z', nodata: 'M2 6.6h3v2.8H2zm4.5 0h3v2.8h-3zm4.5 0h3v2.8h-3z',
};
function shape(status) {
    return svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', { d: SHAPES[status] ?? SHAPES.nodata }));
}

function round(n) {
    return Math.round(n * 100) / 100;
}

// Stretches of readings without a gap (null: the vendor did not say), as [x, y] pairs.
function stretches(points, x, y) {
    const all = [[]];
    for (const p of points) {
        if (p.balance === null) {
            all.push([]);
        } else {
            all.at(-1).push([round(x(Date.parse(p.at))), round(y(p.balance))]);
        }
    }
    return all.filter((one) => one.length);
}

function linePath(parts) {
    return parts.map((part) => `M${part.map((p) => p.join(' ')).join('L')}${part.length === 1 ? 'h.01' : ''}`).join('');
}

function areaPath(parts, bottom) {
    return parts.map((part) => `M${part[0][0]} ${bottom}L${part.map((p) => p.join(' ')).join('L')}L${part.at(-1)[0]} ${bottom}z`).join('');
}

// The week on a card: 0 at the bottom, so that the height is how much is left.
function drawSpark(spark, points, thresholds) {
    const known = points.filter((p) => p.balance !== null);
    spark.replaceChildren();
    spark.classList.toggle('none', known.length < 2);
    if (known.length < 2) {
        return;
    }
    const [from, to] = [Date.parse(points[0].at), Date.parse(points.at(-1).at)];
    const low = thresholds.low ?? thresholds.critical;
    const top = Math.max(...known.map((p) => p.balance), low ?? 0) || 1;
    const bottom = Math.min(0, ...known.map((p) => p.balance));
    const y = (value) => 42 - (40 * (value - bottom)) / (top - bottom);
    const parts = stretches(points, (at) => (100 * (at - from)) / (to - from || 1), y);
    const [endX, endY] = parts.at(-1).at(-1);
    spark.append(
        svg('path', { class: 'area', d: areaPath(parts, 44) }),
        ...(low === null ? [] : [svg('path', { class: 'limit', d: `M0 ${round(y(low))}H100` })]),
        svg('path', { class: 'line', d: linePath(parts) }),
        svg('path', { class: 'end', d: `M${endX} ${endY}h.01` }),
    );
}

// Round steps that make about `wanted` lines between two values.
function steps(from, to, wanted) {
    const rough = (to - from) / wanted || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough);
    const list = [];
    for (let i = Math.ceil(from / step); i * step <= to + step / 1000; i++) {
        list.push(i * step);
    }
    return list;
}

// Where at most `most` labels of time stand: midnights, or hours of a day.
function ticks(from, to, most) {
    const DAY = 86400000;
    const days = (to - from) / DAY;
    const list = [];
    const at = new Date(from);
    const hours = days > 1.5 ? 24 * Math.max(1, Math.ceil(days / most)) : most < 5 ? 12 : 6;
    at.setHours(0, 0, 0, 0);
    for (; at.getTime() <= to; at.setHours(at.getHours() + hours)) {
        if (at.getTime() >= from) {
            list.push(at.getTime());
        }
    }
    return list;
}

// A chart of the values of one pool in time, in `box`; `say(point)` hears which reading the pointer or the arrow keys are on.
class Chart {
    constructor(box, pool, say) {
        Object.assign(this, { box, pool, say, at: -1, points: [] });
        this.watch = new ResizeObserver(() => this.draw());
        this.watch.observe(box);
    }

    end() {
        this.watch.disconnect();
    }

    clear() {
        this.all = null;
        this.points = [];
        this.box.replaceChildren();
    }

    show(history, points) {
        this.from = Date.parse(history.from);
        this.to = Date.parse(history.to);
        this.all = points;
        this.points = points.filter((p) => p.balance !== null);
        this.at = -1;
        this.draw();
    }

    // The plot's corners, and the functions from a time and a balance to its pixels.
    scale() {
        const width = Math.max(260, this.box.clientWidth), height = width < 500 ? 220 : 260;
        const left = 8, right = width - 58, top = 12, bottom = height - 26;
        const { low, critical } = this.pool.thresholds;
        const values = this.points.map((p) => p.balance);
        const most = Math.max(...values, low ?? 0, critical ?? 0) || 1, least = Math.min(0, ...values);
        const high = most + (most - least) * 0.06;
        this.x = (at) => left + ((right - left) * (at - this.from)) / (this.to - this.from || 1);
        this.y = (value) => bottom - ((bottom - top) * (value - least)) / (high - least);
        return { width, height, left, right, bottom, least, high };
    }

    draw() {
        if (!this.all) { // it has not been shown any yet
            return;
        }
        if (this.isEmpty()) {
            return this.box.replaceChildren(h('p', { class: 'none' }, this.nothing()));
        }
        const s = this.scale();
        this.cross = svg('path', { class: 'cross' });
        this.mark = svg('circle', { class: 'at', r: 4 });
        this.cross.setAttribute('visibility', 'hidden');
        this.mark.setAttribute('visibility', 'hidden');
        this.box.replaceChildren(
            svg('svg', {
                viewBox: `0 0 ${s.width} ${s.height}`, height: s.height, tabindex: 0, role: 'img', 'aria-label': this.summary(),
                onpointermove: (e) => this.point(e), onpointerleave: () => this.move(-1), onkeydown: (e) => this.key(e), onblur: () => this.move(-1),
            },
            this.lines(s), this.times(s), this.values(s), this.limits(s), this.cross, this.mark));
    }

    isEmpty() {
        return this.points.length === 0;
    }

    nothing() {
        return 'No readings in this time.';
    }

    values(s) {
        const parts = stretches(this.all, this.x, this.y);
        return [svg('path', { class: 'area', d: areaPath(parts, s.bottom) }), svg('path', { class: 'line', d: linePath(parts) })];
    }

    lines(s) {
        return steps(s.least, s.high, 4).flatMap((v) => [
            svg('path', { class: 'grid', d: `M${s.left} ${round(this.y(v))}H${s.right}` }),
            svg('text', { x: s.right + 8, y: round(this.y(v)) + 4 }, compact(v)),
        ]);
    }

    times(s) {
        const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
        const hour = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
        const isShort = this.to - this.from < 1.5 * 86400000;
        return ticks(this.from, this.to, s.width / 80).filter((at) => this.x(at) < s.right - 26).map((at) =>
            svg('text', { x: round(this.x(at)), y: s.height - 6, 'text-anchor': this.x(at) < 30 ? 'start' : 'middle' }, (isShort ? hour : day).format(at)));
    }

    limits(s) {
        return ['low', 'critical'].filter((name) => this.pool.thresholds[name] !== null).map((name) => {
            const y = round(this.y(this.pool.thresholds[name]));
            return [svg('path', { class: `limit ${name}`, d: `M${s.left} ${y}H${s.right}` }), svg('text', { class: name, x: s.left, y: y - 5 }, name)];
        }).flat();
    }

    summary() {
        const values = this.points.map((p) => p.balance);
        const [first, last] = [this.points[0], this.points.at(-1)];
        return `${this.points.length} readings, from ${amount(first.balance, this.pool.unit)} on ${moment(first.at)} to ` +
            `${amount(last.balance, this.pool.unit)} on ${moment(last.at)}; lowest ${amount(Math.min(...values), this.pool.unit)}, ` +
            `highest ${amount(Math.max(...values), this.pool.unit)}. Arrow keys read them one by one.`;
    }

    point(event) {
        const svgBox = event.currentTarget.getBoundingClientRect();
        const x = ((event.clientX - svgBox.left) * Math.max(260, this.box.clientWidth)) / svgBox.width;
        let best = 0;
        this.points.forEach((p, i) => {
            if (Math.abs(this.x(Date.parse(p.at)) - x) < Math.abs(this.x(Date.parse(this.points[best].at)) - x)) {
                best = i;
            }
        });
        this.move(best);
    }

    key(event) {
        const last = this.points.length - 1;
        const to = { ArrowLeft: this.at < 0 ? last : this.at - 1, ArrowRight: this.at < 0 ? 0 : this.at + 1, Home: 0, End: last }[event.key];
        if (to !== undefined) {
            event.preventDefault();
            this.move(Math.min(last, Math.max(0, to)));
        }
    }

    move(to) {
        const p = this.points[to];
        this.at = p ? to : -1;
        for (const element of [this.cross, this.mark]) {
            element.setAttribute('visibility', p ? 'visible' : 'hidden');
        }
        if (p) {
            const [x, y] = [round(this.x(Date.parse(p.at))), round(this.y(p.balance))];
            this.cross.setAttribute('d', `M${x} 12V${Math.round(this.y(0))}`);
            this.mark.setAttribute('cx', x);
            this.mark.setAttribute('cy', y);
        }
        this.say(p ?? null);
    }
}

// The same for what adds up in a day (UTC): a bar each, [{ date: '2026-11-30', value }].
class Days extends Chart {
    constructor(box, unit, say) {
        super(box, { unit, thresholds: { low: null, critical: null } }, say);
    }

    show(days) {
        const points = days.map((day) => ({ at: `${day.date}T12:00:00Z`, balance: day.value }));
        super.show({ from: `${days[0].date}T00:00:00Z`, to: `${days.at(-1).date}T24:00:00Z` }, points);
    }

    isEmpty() {
        return this.points.every((p) => p.balance === 0);
    }

    nothing() {
        return 'Nothing was spent in this time.';
    }

    values(s) {
        const width = Math.max(1, (0.72 * (s.right - s.left)) / this.points.length);
        return this.points.filter((p) => p.balance > 0).map((p) => {
            const top = Math.min(this.y(p.balance), s.bottom - 1); // a little is not nothing
            return svg('rect', { class: 'bar-of-day', x: round(this.x(Date.parse(p.at)) - width / 2), y: round(top), width: round(width), height: round(s.bottom - top), rx: Math.min(3, round(width / 4)) });
        });
    }

    times(s) {
        const each = Math.ceil(this.points.length / Math.min(this.points.length, s.width / 70));
        return this.points.filter((p, i) => (this.points.length - 1 - i) % each === 0 && this.x(Date.parse(p.at)) > 24).map((p) =>
            svg('text', { x: round(this.x(Date.parse(p.at))), y: s.height - 6, 'text-anchor': 'middle' }, dayOf(p.at)));
    }

    summary() {
        const most = this.points.reduce((a, b) => (b.balance > a.balance ? b : a));
        return `${this.points.length} days (UTC), from ${dayOf(this.points[0].at)} to ${dayOf(this.points.at(-1).at)}; ` +
            `the most, ${amount(most.balance, this.pool.unit)}, on ${dayOf(most.at)}. Arrow keys read them one by one.`;
    }
}
