/* SPDX-License-Identifier: Apache-2.0 */
/* codes.h -- the code lists that fields of kinds.c point at. Everybody else reaches them through a
 * field. */
#ifndef BF_CODES_H
#define BF_CODES_H

#include "schema.h"

/* the registry */
extern const struct code_list list_sex, list_document, list_people, list_relation, list_education,
    list_student, list_labour, list_health, list_politics, list_disability, list_work_area,
    list_standard, list_household_type, list_monitor, list_risk_state, list_cause, list_risk,
    list_house_grade;
/* what is done, and money */
extern const struct code_list list_purpose, list_movement, list_level, list_channel, list_category,
    list_activity, list_party;

#endif
