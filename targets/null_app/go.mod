module null_app

go 1.25.0
