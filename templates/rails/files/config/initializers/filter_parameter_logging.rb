# Parameters whose name contains one of these words are logged as [FILTERED], and so are attributes of models.
Rails.application.config.filter_parameters += %i[
  passw secret token _key crypt salt certificate otp ssn cvv cvc email account_number routing_number
]
