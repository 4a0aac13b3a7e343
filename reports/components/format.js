// Numbers and dates as every page writes them. The locale is fixed: the pages are in English.

const LOCALE = 'en-GB';

/** 12345 → "12,345"; null → "–". */
export const count = (value) =>
	value === null || value === undefined ? '–' : Math.round(value).toLocaleString(LOCALE);

/** 0.4137 → "41 %", 0.004 → "0.4 %"; null → "–". */
export const share = (value) => {
	if (value === null || value === undefined) return '–';
	const percent = value * 100;
	const digits = percent !== 0 && Math.abs(percent) < 1 ? 1 : 0;
	return `${percent.toFixed(digits)} %`;
};

const SYMBOLS = { USD: '$', EUR: '€', GBP: '£', CAD: 'C$', AUD: 'A$', NZD: 'NZ$', INR: '₹', JPY: '¥' };

/** (138400, "USD") → "$138k"; (9400, "PLN") → "PLN 9.4k"; null → "–". Amounts are a year, gross. */
export const money = (value, currency) => {
	if (value === null || value === undefined) return '–';
	const symbol = SYMBOLS[currency] ?? `${currency ?? ''} `;
	const size = Math.abs(value);
	if (size >= 999_500) return `${symbol}${(value / 1_000_000).toFixed(2)}m`;
	if (size >= 99_950) return `${symbol}${Math.round(value / 1_000)}k`;
	if (size >= 1_000) return `${symbol}${(value / 1_000).toFixed(1)}k`;
	return `${symbol}${Math.round(value)}`;
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// Written by hand: the build and the browser would otherwise abbreviate months differently.
const written = (value, write) => {
	if (value === null || value === undefined) return '–';
	const time = new Date(value);
	return Number.isNaN(time.getTime()) ? '–' : write(time);
};

const dayOf = (time) => `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}`;

/** "2025-11-24" → "24 Nov 2025". */
export const day = (value) => written(value, dayOf);

/** "2025-11-01" → "Nov 2025". */
export const month = (value) =>
	written(value, (time) => `${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}`);

/** "2025-11-24T06:12:00Z" → "24 Nov 2025, 06:12 UTC". */
export const moment = (value) =>
	written(value, (time) => `${dayOf(time)}, ${time.toISOString().slice(11, 16)} UTC`);

/** (12, "job") → "12 jobs"; (1, "job") → "1 job". */
export const plural = (value, noun) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Where an amount comes from, in words. */
export const ORIGINS = {
	advertised: 'advertised by the employer',
	parsed: 'read from the text of the advertisement',
	predicted: 'predicted by the source’s model',
	surveyed: 'reported by people in a survey',
	estimated: 'estimated by a third party'
};

/** One row as a plain object, or undefined while a query has none. */
export const firstOf = (data) => (data?.length > 0 ? data[0] : undefined);
