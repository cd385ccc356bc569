#!/bin/sh
# The accounts of the bridge and of one reader, each with just what it needs. Passwords come from the environment.
set -eu

# A subscription is a queue of the client's own name; publishing goes to the exchange.
account() { # name, password, client IDs, topics to write, topics to read
  rabbitmqctl add_user "$1" "$2"
  queues="^mqtt-subscription-$3qos[01]\$"
  rabbitmqctl set_permissions -p / "$1" "$queues" "^amq\\.topic\$|$queues" "^amq\\.topic\$|$queues"
  rabbitmqctl set_topic_permissions -p / "$1" amq.topic "$4" "$5"
}

account bridge "$MQTT_PASSWORD" 'axis2mqtt-main' '^axis2mqtt\.' '^axis2mqtt\.bridge\.main\.state$'
account dashboard "$DASHBOARD_PASSWORD" 'dashboard.*' '^$' '^axis2mqtt\.'
