// boost_json.cpp - the one place where Boost.JSON, which is headers alone, is compiled.
#include <boost/json/src.hpp>
