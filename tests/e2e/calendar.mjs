// A feed as another reader than ours sees it: ical.js, over fetch.
//
//   node calendar.mjs URL UID START END STATUS
//
// START and END: instants, as 2026-07-01T07:00:00.000Z, by the zones that the calendar itself defines.
import { strict as assert } from 'node:assert';
import ICAL from 'ical.js';

const [url, uid, start, end, status] = process.argv.slice(2);
const answer = await fetch(url);
assert.equal(answer.status, 200);
assert.equal(answer.headers.get('content-type'), 'text/calendar; charset=utf-8');
const text = await answer.text();
assert.ok(!/[^\r]\n/.test(text), 'lines end with CRLF');

const calendar = new ICAL.Component(ICAL.parse(text));
assert.equal(calendar.getFirstPropertyValue('version'), '2.0');
ICAL.TimezoneService.reset();
for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
const events = calendar.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));
assert.equal(new Set(events.map((event) => event.uid)).size, events.length, 'a UID is one event');
const event = events.find((one) => one.uid === uid);
assert.ok(event, `${uid} is among ${events.map((one) => one.uid)}`);
assert.equal(event.startDate.toJSDate().toISOString(), start);
assert.equal(event.endDate.toJSDate().toISOString(), end);
assert.equal(event.component.getFirstPropertyValue('status'), status);
assert.ok(event.sequence > 0);

const again = await fetch(url, { headers: { 'If-None-Match': answer.headers.get('etag') } });
assert.equal(again.status, 304);
console.log('read');
