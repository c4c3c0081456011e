"""Amazon Kinesis Data Streams: ministack describes streams; their records are on disk, and read and written our way."""
