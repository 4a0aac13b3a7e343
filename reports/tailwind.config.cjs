const { fontFamily } = require('tailwindcss/defaultTheme');

// One variable font that swaps in when it has arrived: text never waits for it.
module.exports = {
	theme: { extend: { fontFamily: { sans: ['Inter Variable', ...fontFamily.sans] } } }
};
