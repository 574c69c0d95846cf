//! Cookies, tokens and sessions under attack.
