#pragma once
#include <boost/program_options.hpp>
#include <string>
#include <vector>

namespace gemel::app {

/// Values of options as text and back, by the type they were declared with.

/// True for bool_switch() options.
bool is_switch(const boost::program_options::option_description&);
/// True where the option may be given several times.
bool is_repeated(const boost::program_options::option_description&);
/// "a whole number", "a number", "true or false", "text": what messages say is wanted.
std::string wanted_value(const boost::program_options::option_description&);
/// One text a value, the shortest that reads back as the same; several for repeated options.
/// A type that no option may have is a bug.
std::vector<std::string> texts_of(const boost::program_options::variable_value&);

}  // namespace gemel::app
