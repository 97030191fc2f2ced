// The public holidays of France and its territories from 2000 to 2100 as an independent library has them (npm:
// date-holidays): a line "territory date" each, those of the whole country in every territory's own list too.
const Holidays = require('date-holidays');

const territories = {
  FR: ['FR'], 57: ['FR', '57'], 67: ['FR', '67'], 68: ['FR', '68'], 971: ['GP'], 972: ['MQ'], 973: ['GF'], 974: ['RE'],
  976: ['YT'], 977: ['BL'], 978: ['MF'],
};
for (const [territory, place] of Object.entries(territories)) {
  const calendar = new Holidays(...place);
  for (let year = 2000; year <= 2100; ++year)
    for (const holiday of calendar.getHolidays(year))
      if (holiday.type === 'public') console.log(`${territory} ${holiday.date.slice(0, 10)}`);
}
