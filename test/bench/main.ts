import { benchDrills } from './drill.ts';

/** `npm run bench [-- drills|snapshot]`: both when none is named. Figures are ratios within one run. */
const wanted = process.argv.slice(2);
const asked = (part: string) => wanted.length === 0 || wanted.includes(part);

if (asked('drills')) await benchDrills();
