// Package crash kills the program while people shop, migrate, import and
// reindex, and then compares everything that was ever answered with the books:
// the shop's, the mail's, and those of the payment provider, a process of its
// own that nobody kills. TRADEWIND_TEST_KILLS says how often the shop is killed
// (10 unless set), TRADEWIND_TEST_SEED repeats a run's choices.
package crash
