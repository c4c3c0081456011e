"""Amazon Data Firehose: from Kinesis streams to buckets, through a function, in partitions, as Parquet; delivered under the roles of the delivery."""
