package mailer

func runsAsChild() bool { return false }
func childMain() int    { return 0 }
