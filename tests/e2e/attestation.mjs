// A company attests its sheet on a phone: Debian's Chromium, 390 pixels wide, no script, a language of its own.
//
//   node attestation.mjs URL LANGUAGE ATTESTED-ID DISPUTED-ID [DIRECTORY]
//
// Pictures of each step go into the directory, where one is given.
import { strict as assert } from 'node:assert';
import { chromium } from 'playwright-core';

const [url, language, attested, disputed, pictures] = process.argv.slice(2);
const words = {
  fr: { dispute: 'Je la conteste', name: 'Vos nom et prénom', sign: 'Signer la feuille', done: 'Feuille signée par', why: 'Dites pourquoi' },
  en: { dispute: 'I dispute it', name: 'Your name', sign: 'Sign the sheet', done: 'Signed by', why: 'Say why' },
}[language];
const width = 390;

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  headless: true,
  // Chromium has no sandbox as root; it sees nothing here but our own server.
  args: process.getuid() === 0 ? ['--no-sandbox'] : [],
});
try {
  const context = await browser.newContext({
    viewport: { width, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    javaScriptEnabled: false,
    locale: language,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) complaints.push(`asked elsewhere: ${request.url()}`);
  });
  const picture = (name) => pictures && page.screenshot({ path: `${pictures}/${name}-${language}.png`, fullPage: true });
  // What a thumb needs, and nothing to scroll for sideways.
  const fits = async () => {
    const wide = await page.locator('html').evaluate((root) => root.scrollWidth);
    assert.ok(wide <= width, `the page is ${wide} pixels wide`);
  };
  const tall = async (locator) => {
    const box = await locator.boundingBox();
    assert.ok(box && box.height >= 40, `a target of ${box?.height} pixels for a thumb`);
  };

  const answer = await page.goto(url);
  assert.equal(answer.status(), 200);
  assert.equal(await page.getAttribute('html', 'lang'), language);
  await fits();
  await picture('1-sheet');

  const choose = (id, value) => page.locator(`label[for="half_day.${id}.${value}"]`);
  const reason = page.locator(`input[name="reason.${disputed}"]`);
  assert.equal(await reason.isVisible(), false, 'a reason is asked for once it is wanted');
  await tall(choose(attested, 'attest'));
  await tall(choose(disputed, 'dispute'));
  await choose(disputed, 'dispute').tap();
  assert.equal(await reason.isVisible(), true);
  assert.equal(await choose(disputed, 'dispute').textContent(), words.dispute);
  await page.getByLabel(words.name).fill('Jeanne « O’Neil » <Martin>');
  const sign = page.getByRole('button', { name: words.sign });
  await tall(sign);

  // A dispute without a reason is not taken, and what was typed is not lost.
  await sign.tap();
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').textContent(), new RegExp(words.why));
  assert.equal(await page.getByLabel(words.name).inputValue(), 'Jeanne « O’Neil » <Martin>');
  assert.equal(await reason.isVisible(), true);
  await fits();
  await picture('2-missing');

  await reason.fill('Le consultant n’est pas venu & l’a dit');
  await sign.tap();
  await page.locator('.done').waitFor();
  assert.equal(page.url(), url, 'back on the sheet, by a request that signs nothing');
  const done = await page.locator('.done').textContent();
  assert.match(done, new RegExp(words.done));
  assert.ok(done.includes('Jeanne « O’Neil » <Martin>'), done);
  assert.equal(await page.locator('form').count(), 0);
  await fits();
  await picture('3-signed');
  await page.reload();
  assert.equal(await page.locator('.done').textContent(), done);

  assert.deepEqual(complaints.filter((text) => !text.includes('422')), [], 'nothing blocked, nothing fetched from elsewhere');
} finally {
  await browser.close();
}
console.log('attested');
