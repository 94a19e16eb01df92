/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Containers, strings, exceptions and threads; prints sums that depend on its
 * seed alone, whatever allocator it runs on.
 */

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

class generator {
public:
	explicit generator(uint64_t seed) : state(seed) { }
	uint64_t
	operator()()
	{
		state = state * 6364136223846793005ULL +
		    1442695040888963407ULL;
		return (state >> 33);
	}
private:
	uint64_t state;
};

static uint64_t
sum_of(const std::string &s)
{
	uint64_t h = 14695981039346656037ULL;

	for (unsigned char c : s)
		h = (h ^ c) * 1099511628211ULL;
	return (h);
}

static uint64_t
maps(uint64_t seed)
{
	generator next(seed);
	std::map<std::string, std::vector<int>> tree;
	std::unordered_map<uint64_t, std::unique_ptr<std::string>> hash;
	uint64_t sum = 0;

	for (int i = 0; i < 40000; i++) {
		std::string key = std::to_string(next() % 5000);

		tree[key].push_back(i);
		hash[next() % 8000] = std::make_unique<std::string>(
		    next() % 100, 'a' + i % 26);
		if (i % 7 == 0)
			tree.erase(std::to_string(next() % 5000));
		if (i % 5 == 0)
			hash.erase(next() % 8000);
	}
	for (const auto &[key, values] : tree)
		sum += sum_of(key) * values.size();
	for (const auto &entry : hash)
		sum += sum_of(*entry.second) ^ entry.first;
	return (sum);
}

static int
throw_deep(int depth, generator &next)
{
	std::string local(next() % 300, 'x');

	if (depth == 0)
		throw std::runtime_error("thrown " + local);
	return (throw_deep(depth - 1, next) + static_cast<int>(local.size()));
}

static uint64_t
exceptions(uint64_t seed)
{
	generator next(seed);
	uint64_t sum = 0;

	for (int i = 0; i < 2000; i++) {
		try {
			sum += throw_deep(static_cast<int>(next() % 12), next);
		} catch (const std::exception &e) {
			sum += sum_of(e.what());
		}
	}
	return (sum);
}

static uint64_t
text(uint64_t seed)
{
	generator next(seed);
	std::ostringstream out;
	std::deque<std::string> lines;
	std::list<std::function<size_t()>> calls;
	uint64_t sum = 0;

	for (int i = 0; i < 20000; i++)
		out << next() % 1000 << (i % 20 == 19 ? '\n' : ' ');
	std::istringstream in(out.str());
	for (std::string line; std::getline(in, line); )
		lines.push_back(line);
	for (const std::string &line : lines) {
		calls.push_back([line] { return (line.size()); });
		sum += sum_of(std::regex_replace(line, std::regex("[0-4]+"),
		    "<$&>"));
	}
	for (auto &call : calls)
		sum += call();
	return (sum);
}

int
main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 1;
	std::vector<std::future<uint64_t>> results;
	std::vector<std::shared_ptr<std::string>> shared;

	for (uint64_t i = 0; i < 6; i++) {
		results.push_back(std::async(std::launch::async, maps,
		    seed + i));
		results.push_back(std::async(std::launch::async, exceptions,
		    seed + i));
		results.push_back(std::async(std::launch::async, text,
		    seed + i));
	}
	for (auto &result : results)
		std::printf("%016jx\n", static_cast<uintmax_t>(result.get()));

	/* The last owner of each lets it go in another thread. */
	for (int i = 0; i < 10000; i++)
		shared.push_back(std::make_shared<std::string>(i % 100, 'y'));
	std::thread([kept = std::move(shared)]() mutable {
		kept.clear();
	}).join();
	std::printf("done\n");
	return (0);
}
