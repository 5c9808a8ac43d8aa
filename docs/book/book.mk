# The book: `make book` turns lessons/, core/ops/ and docs/ into build/book/index.html, which
# needs no network. PICTURES=no leaves the lessons' pictures as they are; otherwise a lesson
# that was built anew is run once more, to draw them.

BOOK     := $(BUILD)/book
pictures := $(BUILD)/book-pictures
drawn    := $(patsubst lessons/%.cpp,$(pictures)/%/drawn,$(lesson_sources))

.PHONY: book book-pictures
book-pictures: $(drawn)
$(drawn): $(pictures)/%/drawn: $(BUILD)/lessons/% | plugins
	@mkdir -p $(@D)
	@echo '  draw  $*'; $< --quiet --out $(@D) >$(@D)/log 2>&1 </dev/null || \
	    { echo 'make book: $< failed; its page has the pictures drawn before'; tail -3 $(@D)/log; }
	@touch $@

mathjax := /usr/share/javascript/mathjax
fonts   := $(addprefix /usr/share/fonts/,$(addprefix opentype/urw-base35/P052-, \
             Roman.otf Italic.otf Bold.otf BoldItalic.otf) truetype/dejavu/DejaVuSansMono.ttf)

book: $(tools) $(command) $(if $(filter no,$(PICTURES)),,book-pictures) ## the HTML book
	@mkdir -p $(BOOK)/fonts $(BOOK)/mathjax
	@rm -f $(BOOK)/*.html $(BOOK)/operators.json
	@$(if $(command),$(command) op list --json >$(BOOK)/operators.json,true) || \
	    { rm -f $(BOOK)/operators.json; echo 'make book: no operator reference'; }
	@$(BUILD)/bin/weave --pictures $(pictures) --operators $(BOOK)/operators.json --out $(BOOK)
	@BOOK=$(BOOK) doxygen docs/book/Doxyfile
	@cd $(BOOK) && rm -f pages.html dir_*.html jquery.js dynsections.js tabs.css doxygen.svg *.png
	@cp -u $(wildcard $(fonts)) $(BOOK)/fonts
	@cd $(mathjax) && cp -ru --parents MathJax.js config/TeX-AMS_CHTML-full.js \
	    jax/output/CommonHTML fonts/HTML-CSS/TeX/woff $(abspath $(BOOK))/mathjax
	@echo 'The book is $(BOOK)/index.html.'
